"""What may be ordered in bulk: the filters and the arguments of each verb, checked before anything
is begun.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Collection, Mapping
from datetime import datetime
from typing import Any

from jobs.actions.runs.dead_letters import FASTEST, REASON_MOST, SLOWEST
from jobs.definition.checking import QUEUE_ALLOWED, TAGS_MOST
from jobs.errors import DomainError, known_word
from jobs.models import BulkVerb, Health, JobStatus, RunState, Trigger
from jobs.moments import iso, read_moment
from jobs.params.limits import UNSEEN, UNSTORABLE, TooMuch, encoded
from jobs.params.run_words import read_bounds, read_param

Check = Callable[[Any, datetime], Any]
Checks = Mapping[str, Check]

STATUSES = tuple(JobStatus.values)
HEALTHS = (*(health.name.lower() for health in Health), "unregistered")
FINGERPRINT = re.compile(r"([0-9a-f]{40})?")
TEXT_MOST = 200
IDS_MOST = 500
PARAMS_MOST = 5
PAUSE_REASON_MOST = 500
CHANGES_MOST = 1_000
RESCHEDULED: Mapping[str, type] = {"schedule": str, "jitter_seconds": int}


def checked_filter(verb: BulkVerb, written: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    """The filter as it is stored, what restricts nothing left out.

    Raises DomainError naming ``filter.…``.
    """
    checks = filters_of(verb)
    given = {name: value for name, value in written.items() if value is not None}
    found = _checked(given, checks, "filter", now)
    kept = {name: value for name, value in found.items() if value != "" or name == "fingerprint"}
    if verb == BulkVerb.RERUN and not kept.keys() & BOUNDING:
        raise DomainError("needs one of ids, job and since", field="filter")
    return kept


def filters_of(verb: BulkVerb) -> Checks:
    """What may be asked of the things that the verb is for."""
    if verb.is_for_runs:
        return RUN_FILTERS
    return DEAD_LETTER_FILTERS if verb.is_for_dead_letters else JOB_FILTERS


def checked_arguments(verb: BulkVerb, written: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    """The verb's arguments as they are stored. Raises DomainError naming ``arguments.…``."""
    given = {name: value for name, value in written.items() if value is not None}
    for name in NEEDED.get(verb, ()):
        if not given.get(name):
            raise DomainError("is required", field=f"arguments.{name}")
    return _checked(given, ARGUMENTS[verb], "arguments", now)


def _checked(
    written: Mapping[str, Any], checks: Checks, part: str, now: datetime
) -> dict[str, Any]:
    found = {}
    for name, value in written.items():
        if name not in checks:
            raise DomainError(f"is not allowed here; {_are(checks)}", field=f"{part}.{name}")
        try:
            found[name] = checks[name](value, now)
        except ValueError as error:
            raise DomainError(str(error), field=f"{part}.{name}") from error
    return found


def _are(checks: Checks) -> str:
    return f"use {', '.join(checks)}" if checks else "this verb takes none"


def _text(most: int) -> Check:
    def check(value: Any, now: datetime) -> str:
        if not isinstance(value, str) or len(value) > most or UNSTORABLE.search(value):
            raise ValueError(f"must be text of at most {most} storable characters")
        return value.strip()

    return check


def _one_of(words: Collection[str]) -> Check:
    def check(value: Any, now: datetime) -> str:
        return known_word(str(value), words, field="")

    return check


def _id(value: Any, now: datetime) -> str:
    try:
        return str(uuid.UUID(str(value)))
    except ValueError:
        raise ValueError("must be a job id") from None


def _fingerprint(value: Any, now: datetime) -> str:
    if not isinstance(value, str) or not FINGERPRINT.fullmatch(value):
        raise ValueError("must be 40 hex digits, or empty for errors without one")
    return value


def _until(value: Any, now: datetime) -> str:
    moment = value if isinstance(value, datetime) else read_moment(value, None)
    if moment <= now:
        raise ValueError("must be in the future")
    return iso(moment)


def _tags(value: Any, now: datetime) -> list[str]:
    words = value if isinstance(value, list) else [None]
    if len(words) > TAGS_MOST or not all(_is_word(word) for word in words):
        raise ValueError(f"must be a list of at most {TAGS_MOST} words of up to 50 characters")
    return list(dict.fromkeys(words))


def _is_word(value: Any) -> bool:
    return isinstance(value, str) and 0 < len(value) <= 50 and not UNSEEN.search(value)


def _queue(value: Any, now: datetime) -> str:
    if not isinstance(value, str) or not QUEUE_ALLOWED.fullmatch(value):
        raise ValueError(
            "must have up to 100 letters, digits and _ . : - and start with a letter or digit"
        )
    return value


def _ids(value: Any, now: datetime) -> list[str]:
    if not isinstance(value, list) or not 0 < len(value) <= IDS_MOST:
        raise ValueError(f"must be a list of 1 to {IDS_MOST} run ids")
    return [_id(each, now) for each in value]


def _moment(value: Any, now: datetime) -> str:
    return iso(value if isinstance(value, datetime) else read_moment(value, None))


def _duration(value: Any, now: datetime) -> str:
    return read_bounds(str(value)[:TEXT_MOST]).text if value else ""


def _parameters(value: Any, now: datetime) -> list[str]:
    if not isinstance(value, list) or len(value) > PARAMS_MOST:
        raise ValueError(f"must be a list of at most {PARAMS_MOST} such as customer.id:7")
    return [":".join(read_param(str(each))) for each in value]


def _rate(value: Any, now: datetime) -> float:
    if (
        isinstance(value, bool)
        or not isinstance(value, int | float)
        or not SLOWEST <= value <= FASTEST
    ):
        raise ValueError(f"must be from {SLOWEST} to {FASTEST:,} runs per second")
    return float(value)


def _params(value: Any, now: datetime) -> Any:
    try:
        encoded(value)
    except TooMuch as error:
        raise ValueError(error.problem[1]) from error
    return value


def _changes(value: Any, now: datetime) -> list[dict[str, Any]]:
    """Each names a job, one of RESCHEDULED, and its value before and after."""
    changes = value if isinstance(value, list) else [None]
    if not 0 < len(changes) <= CHANGES_MOST:
        raise ValueError(f"must be a list of 1 to {CHANGES_MOST:,} changes")
    return [_change(change, now) for change in changes]


def _change(value: Any, now: datetime) -> dict[str, Any]:
    if not isinstance(value, dict) or set(value) != {"job", "field", "before", "after"}:
        raise ValueError("each change has exactly job, field, before and after")
    kind = RESCHEDULED.get(value["field"])
    if kind is None:
        raise ValueError(f"the field of a change must be one of {', '.join(RESCHEDULED)}")
    if any(type(value[name]) is not kind for name in ("before", "after")):
        raise ValueError(f"before and after of {value['field']} have the wrong type")
    return value | {"job": _id(value["job"], now)}


_SHORT = _text(TEXT_MOST)
JOB_FILTERS: Checks = {
    "search": _SHORT,
    "name": _SHORT,
    "status": _one_of(STATUSES),
    "health": _one_of(HEALTHS),
    "queue": _SHORT,
    "tag": _SHORT,
    "owner": _SHORT,
    "task": _SHORT,
    "pool": _SHORT,
}
RUN_FILTERS: Checks = {
    "ids": _ids,
    "search": _text(500),
    "state": _one_of(RunState.values),
    "trigger": _one_of(Trigger.values),
    "job": _id,
    "queue": _SHORT,
    "worker": _text(255),
    "error": _text(400),
    "duration": _duration,
    "param": _parameters,
    "since": _moment,
    "until": _moment,
}
BOUNDING = {"ids", "job", "since"}
DEAD_LETTER_FILTERS: Checks = {"job": _id, "fingerprint": _fingerprint}
ARGUMENTS: Mapping[BulkVerb, Checks] = {
    BulkVerb.PAUSE: {"reason": _text(PAUSE_REASON_MOST), "until": _until},
    BulkVerb.RESUME: {},
    BulkVerb.RUN: {},
    BulkVerb.ADD_TAG: {"tags": _tags},
    BulkVerb.SET_QUEUE: {"queue": _queue},
    BulkVerb.ARCHIVE: {},
    BulkVerb.RESCHEDULE: {"changes": _changes},
    BulkVerb.REQUEUE: {"params": _params, "rate": _rate},
    BulkVerb.DISCARD: {"reason": _text(REASON_MOST)},
    BulkVerb.RERUN: {},
    BulkVerb.CANCEL: {},
}
NEEDED = {
    BulkVerb.ADD_TAG: ("tags",),
    BulkVerb.SET_QUEUE: ("queue",),
    BulkVerb.DISCARD: ("reason",),
    BulkVerb.RESCHEDULE: ("changes",),
}
