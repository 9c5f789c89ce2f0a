"""What operators can do: one function per verb, used by every surface alike.

Each takes who acts and when. It first asks the actor for its permission (Forbidden), raises a
DomainError and changes nothing when it cannot be done, and writes what it changes into the audit
within the same transaction.
"""
