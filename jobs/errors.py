"""Domain errors: raised below, mapped once per surface (form, command, API).

Each names the field at fault, says what is wrong in one sentence, and may give a hint how to mend
it.
"""

from __future__ import annotations

import difflib
from collections.abc import Collection

LOCKED = (
    "another transaction has locked what this would change; nothing was changed, try "
    "again in a moment"
)
TOO_SLOW = (
    "this takes the database longer than one request is allowed to take; ask for less "
    "in one request"
)


class DomainError(ValueError):
    """Something a person asked for that cannot be done; nothing was changed."""

    def __init__(self, message: str, *, field: str = "", hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.field = field
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message} ({self.hint})" if self.hint else self.message


class UnreadableFilter(DomainError):
    """What a list is to be narrowed to cannot be understood; neither all nor none of it was
    meant.
    """


class UnknownWord(UnreadableFilter):
    """A word that is none of ``known``; the hint guesses which of them was meant."""

    def __init__(self, word: str, known: Collection[str], *, field: str) -> None:
        super().__init__(
            f"must be one of {', '.join(known)}", field=field, hint=did_you_mean(word, known)
        )


# What other schedulers, and people, call a state that has another name here.
SYNONYMS = {
    "enabled": "active", "on": "active", "running": "active", "scheduled": "active",
    "disabled": "paused",
    "off": "paused", "suspended": "paused", "invalid": "broken", "deleted": "archived",
    "success": "succeeded",
    "completed": "succeeded", "ok": "succeeded", "error": "failed", "failure": "failed",
    "timeout": "timed_out",
    "pending": "queued", "waiting": "queued", "started": "running", "active": "running",
    "canceled": "cancelled",
}  # fmt: skip


def did_you_mean(word: str, known: Collection[str]) -> str:
    """A hint: which of the known words was meant, by its spelling or by what others call it; empty
    for no idea.
    """
    folded = {each.casefold(): each for each in known}
    written = word.strip().casefold()[:50]
    near = difflib.get_close_matches(written, folded, n=1)
    meant = SYNONYMS.get(written, "")
    found = folded[near[0]] if near else meant if meant in known else ""
    return f"did you mean {found}?" if found else ""


def known_word(word: str, known: Collection[str], *, field: str) -> str:
    """The word, if it is empty or one of these; raises UnknownWord."""
    if word and word not in known:
        raise UnknownWord(word, known, field=field)
    return word


class Forbidden(DomainError):
    """Something this person may not do: ``permission`` is what they lack, ``roles`` are those that
    have it.

    ``permission`` is empty where they lack none, but the job is outside the tags they are limited
    to.
    """

    def __init__(
        self, message: str, *, permission: str = "", roles: tuple[str, ...] = (), hint: str = ""
    ) -> None:
        super().__init__(message, hint=hint)
        self.permission = permission
        self.roles = roles


class InvalidToken(DomainError):
    """An API token that opens nothing: unknown, expired, revoked, or of somebody who may no longer
    sign in.
    """


class ScheduleError(DomainError):
    """A schedule text that cannot be read, or never fires.

    ``position`` is the 0-based offset into the text where reading stopped, or None.
    """

    def __init__(
        self, message: str, *, position: int | None = None, hint: str = "", field: str = "schedule"
    ) -> None:
        super().__init__(message, field=field, hint=hint)
        self.position = position


class UnknownTask(DomainError):
    """A task name that no registered Celery task has."""


class InvalidFields(DomainError):
    """Something that cannot be saved; ``problems`` holds one DomainError per wrong field."""

    def __init__(self, problems: list[DomainError]) -> None:
        self.problems = problems
        super().__init__(
            "; ".join(f"{p.field}: {p}" if p.field else str(p) for p in problems),
            field=problems[0].field,
        )


class InvalidParams(DomainError):
    """Params that do not fit the task's signature; ``problems`` lists (path, message) pairs."""

    def __init__(self, problems: list[tuple[str, str]]) -> None:
        self.problems = problems
        text = "; ".join(f"{path}: {message}" for path, message in problems)
        super().__init__(text, field="params")


class NotFound(DomainError):
    """Nothing is called this."""


class JobNotFound(NotFound):
    """No unarchived job has this name or id."""


class RunNotFound(NotFound):
    """No run has this id."""


class AlertNotFound(NotFound):
    """No alert has this id, or none of this cause stands so."""


class PoolNotFound(NotFound):
    """No pool has this name."""


class CalendarNotFound(NotFound):
    """No calendar has this name."""


class ChannelNotFound(NotFound):
    """No channel has this name."""


class RouteNotFound(NotFound):
    """No route has this name."""


class SecretNotFound(NotFound):
    """No secret has this name, or none that this person may see."""


class SecretUnavailable(DomainError):
    """A secret that a run names and is not given; the message says which and why, and nothing of
    its value.
    """


class NameTaken(DomainError):
    """Another unarchived job, pool, calendar or secret already has this name."""
