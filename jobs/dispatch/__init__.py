"""From an occurrence to a message.

In comes a job and the moment it was due; out goes a queued run and, later, its message, or a
skipped run with its reason. The rule: the database decides, and the broker is told after the
commit.
"""
