"""Which runs a list is narrowed to: one set of words, on every surface and in bulk operations."""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from jobs.access.actor import Actor
from jobs.errors import JobNotFound, UnreadableFilter, did_you_mean, known_word
from jobs.models import RunState, Trigger
from jobs.moments import iso, read_moment
from jobs.params.run_words import (
    DURATION_HINT,
    PARAM,
    Bounds,
    read_bounds,
    read_param,
    read_span,
    words_of_search,
)
from jobs.queries.lookup import find_job

Param = tuple[str, str]
FINGERPRINT = re.compile(r"[0-9a-f]{40}")
ALL_TIME = "all"
# What a person or a program may write, and the commands' flags are called.
NAMES = (
    "search", "state", "job", "queue", "worker", "trigger", "error", "duration", "param",
    "since", "until", "window",
)  # fmt: skip
ALIASES = {"dur": "duration", "took": "duration", "from": "since", "to": "until", "params": "param"}


@dataclass(frozen=True)
class RunFilter:
    """What the list is narrowed to; an empty value is no restriction.

    Made from ``since`` on and before ``until``. ``search``: text in the error, the reason, or the
    job's name, task or tags. ``error``: what its error begins with up to the colon, or its
    fingerprint. ``duration``: how long it took, or has been running so far. ``params``: each a path
    such as ``customer.id`` and the value there.

    Raises UnknownWord for a ``state`` that is none of RunState, or a ``trigger`` that is none of
    Trigger.
    """

    state: str = ""
    job_id: uuid.UUID | None = None
    queue: str = ""
    trigger: str = ""
    since: datetime | None = None
    until: datetime | None = None
    search: str = ""
    error: str = ""
    worker: str = ""
    duration: Bounds | None = None
    params: tuple[Param, ...] = ()

    def __post_init__(self) -> None:
        known_word(self.state, RunState.values, field="state")
        known_word(self.trigger, Trigger.values, field="trigger")
        if self.params and not (self.since or self.job_id):
            raise UnreadableFilter(
                "is searched within a time window or a job", field="param", hint="give since or job"
            )

    @property
    def is_fingerprint(self) -> bool:
        """Whether the error is named by its fingerprint."""
        return bool(FINGERPRINT.fullmatch(self.error))


def read_run_filter(
    words: Mapping[str, Any], *, actor: Actor, now: datetime, window: str = ""
) -> RunFilter:
    """The filter that these words say: the names are NAMES, the values texts (times may be read
    already).

    ``search`` may hold further ones, as in ``state:failed duration:>5m params.customer:7 text``.
    ``window`` is the time window where none is given. One query if a job is named and not given by
    its id. Raises UnreadableFilter or UnknownWord naming the word,
    """
    found = _merged(words)
    wanted = {name: str(found.get(name) or "") for name in ("state", "queue", "worker", "trigger")}
    since, until = _window(found, now, window)
    return RunFilter(
        **wanted,
        job_id=_job(found.get("job") or "", actor),
        since=since,
        until=until,
        search=str(found.get("search") or ""),
        error=str(found.get("error") or ""),
        duration=read_bounds(str(found["duration"])) if found.get("duration") else None,
        params=tuple(read_param(text) for text in found.get("param") or ()),
    )


def filter_kept(words: Mapping[str, Any]) -> RunFilter:
    """The filter of a bulk operation, whose words were checked: its moments are texts, its job an
    id, and its search nothing but text.
    """
    plain = {name: words.get(name, "") for name in ("state", "queue", "worker", "trigger", "error")}
    since, until = (
        read_moment(words[name]) if name in words else None for name in ("since", "until")
    )
    return RunFilter(
        **plain,
        search=words.get("search", ""),
        job_id=uuid.UUID(words["job"]) if "job" in words else None,
        since=since,
        until=until,
        duration=read_bounds(words["duration"]) if "duration" in words else None,
        params=tuple(read_param(text) for text in words.get("param", ())),
    )


def words_kept(wanted: RunFilter) -> dict[str, Any]:
    """What ``filter_kept`` reads: the filter as plain JSON, without what restricts nothing."""
    plain = ("state", "queue", "worker", "trigger", "error", "search")
    words: dict[str, Any] = {name: getattr(wanted, name) for name in plain}
    words["job"] = str(wanted.job_id) if wanted.job_id else ""
    words |= {"since": iso(wanted.since), "until": iso(wanted.until)}
    words["duration"] = wanted.duration.text if wanted.duration else ""
    words["param"] = [f"{path}:{value}" for path, value in wanted.params]
    return {name: value for name, value in words.items() if value}


def _merged(words: Mapping[str, Any]) -> dict[str, Any]:
    """The words with those in ``search`` among them; a word that is given twice is refused."""
    inner, rest = words_of_search(str(words.get("search") or ""))
    found: dict[str, Any] = {name: value for name, value in words.items() if value}
    params = list(found.get("param") or ())
    for written, value in inner:
        name = ALIASES.get(written, written)
        if written.startswith(PARAM):
            params.append(f"{written.removeprefix(PARAM)}:{value}")
        elif name not in NAMES or name in {"search", "param"}:
            raise _unknown(written)
        elif found.get(name, value) != value:
            raise UnreadableFilter("is given twice", field=name)
        else:
            found[name] = value
    return found | {"search": rest, "param": params}


def _unknown(written: str) -> UnreadableFilter:
    known = [name for name in NAMES if name not in {"search", "param"}]
    meant = did_you_mean(written, [*known, *ALIASES]) or "put a text that has a colon into quotes"
    return UnreadableFilter(
        f"has no {written!r}; it knows {', '.join(known)} and params.NAME",
        field="search",
        hint=meant,
    )


def _window(
    found: Mapping[str, Any], now: datetime, default: str
) -> tuple[datetime | None, datetime | None]:
    since, until = (_moment(found.get(name), name, now) for name in ("since", "until"))
    window = str(found.get("window") or "")
    if since and window:
        raise UnreadableFilter("is given besides since", field="window", hint="give one of them")
    window = window or default
    if since or window in {"", ALL_TIME}:
        return since, until
    try:
        return (until or now) - _span(window, "window"), until
    except OverflowError:  # before the first year that there is
        return None, until


def _span(text: str, name: str) -> timedelta:
    span = read_span(text)
    if span is None:
        raise UnreadableFilter(f"cannot be {text[:40]!r}", field=name, hint=DURATION_HINT)
    return span


def _moment(value: Any, name: str, now: datetime) -> datetime | None:
    """A moment, or how long ago: ``2h``."""
    if not value or isinstance(value, datetime):
        return value or None
    if span := read_span(str(value)):
        return now - span
    try:
        return read_moment(str(value))
    except ValueError:
        raise UnreadableFilter(
            f"cannot be {str(value)[:40]!r}",
            field=name,
            hint="give a date and time such as 2026-01-31T10:15:00Z, or how long ago, such as 2h",
        ) from None


def _job(value: Any, actor: Actor) -> uuid.UUID | None:
    if not value or isinstance(value, uuid.UUID):
        return value or None
    try:
        return uuid.UUID(str(value))
    except ValueError:
        pass
    try:
        return find_job(str(value), actor=actor).pk
    except JobNotFound as error:
        raise UnreadableFilter(error.message, field="job") from error
