"""What operators can do: one function per verb, used by every surface alike.

Each takes who acts and when, raises a DomainError and changes nothing when it cannot be done.
"""
