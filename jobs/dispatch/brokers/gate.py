"""Before runs are marked as published: whether the broker takes messages, where the last send says
that it may not.
"""

from __future__ import annotations

import errno

from celery import current_app

from jobs.dispatch.brokers.broker import BROKER_ERRORS, broker_of
from jobs.dispatch.brokers.declared import refused_queue

NOBODY = {errno.ECONNREFUSED, errno.ENOENT}


class BrokerUnavailable(Exception):
    """The broker takes nothing; no run is marked as published, and all wait in the database.

    ``nobody_listens``: the attempt was refused at once, so that the next one costs nobody anything
    either.
    """

    def __init__(self, error: BaseException) -> None:
        super().__init__(broker_error_text(error))
        self.nobody_listens = any(getattr(one, "errno", None) in NOBODY for one in _chain(error))


class QueueRefused(Exception):
    """The broker is there and takes messages, but not those of this queue."""


class Gate:
    """One for a process: it remembers how the last send went.

    Marking costs two updates a run, and taking the marks back as many again. A broker that is away
    is asked first.
    """

    def __init__(self) -> None:
        self.is_doubtful = False

    def check(self) -> None:
        """Raises BrokerUnavailable where the last send failed and the broker still takes
        nothing.
        """
        if not self.is_doubtful:
            return
        try:
            broker_of(current_app).try_write()
        except BROKER_ERRORS as error:
            raise BrokerUnavailable(error) from error
        self.is_doubtful = False


gate = Gate()


def broker_error_text(error: BaseException) -> str:
    """The error in words; kombu's batch error has none of its own, the broker's lies behind it."""
    return (
        refused_queue(error)
        or str(error)
        or (broker_error_text(error.__cause__) if error.__cause__ else type(error).__name__)
    )


def _chain(error: BaseException | None) -> list[BaseException]:
    found: list[BaseException] = []
    while error is not None and error not in found:
        found.append(error)
        error = error.__cause__ or error.__context__
    return found
