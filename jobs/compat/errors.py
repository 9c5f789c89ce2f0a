"""What the older systems' addresses refuse in their own way.

Here, so that a project may name them without the packages that their messages need.
"""

from __future__ import annotations

from jobs.errors import DomainError, InvalidFields


class NotAMessage(InvalidFields):
    """JSON that is not the message which the address takes; it names each field at fault."""


class TaskIsOver(DomainError):
    """A task that has ended and will not run again: there is nothing to cancel."""
