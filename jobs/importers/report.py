"""A plan as people read it, and as JSON lines for programs."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import islice
from typing import Any
from zoneinfo import ZoneInfo

from jobs.hiding.veil import masked
from jobs.importers.plan import Change, Plan

MARKS = {"new": "+", "changed": "~", "gone": "-"}
LONGEST_VALUE = 100
MOST_SHOWN = 100


def text_lines(plan: Plan, *, now: datetime, most: int | None = None) -> Iterator[str]:
    """The diff, at most ``most`` jobs of it, and the sum; problems and warnings are ``trouble_lines``."""
    for change in islice(plan.changes, most):
        yield from _change_lines(change, now)
    if most is not None and len(plan.changes) > most:
        yield f"… and {len(plan.changes) - most} more"
    yield summary(plan)


def report_lines(plan: Plan, *, now: datetime, applied: bool, as_json: bool) -> Iterator[str]:
    """What goes to the output: everything for programs and of a plan that is looked at; else the first changes."""
    if as_json:
        return json_lines(plan, now=now, applied=applied)
    return text_lines(plan, now=now, most=MOST_SHOWN if applied else None)


def trouble_lines(plan: Plan) -> Iterator[str]:
    """What is wrong and what was passed over, one line each."""
    yield from (f"error: {problem}" for problem in plan.problems)
    yield from (f"warning: {warning}" for warning in plan.warnings)


def json_lines(plan: Plan, *, now: datetime, applied: bool) -> Iterator[str]:
    """One JSON object a line, told apart by ``kind``: new, changed, gone, problem, warning, and last the summary."""
    for change in plan.changes:
        yield dumped(change_fields(change, now))
    for kind, troubles in (("problem", plan.problems), ("warning", plan.warnings)):
        yield from (dumped({"kind": kind, **trouble.as_dict()}) for trouble in troubles)
    yield dumped({"kind": "summary", **plan.counts(), "applied": applied})


def summary(plan: Plan) -> str:
    """``2 new, 1 changed, 5 unchanged``, or ``0 changes, 8 unchanged``."""
    counts = plan.counts()
    parts = [f"{counts[kind]} {kind}" for kind in ("new", "changed", "paused") if counts[kind]] or ["0 changes"]
    errors = counts["problems"]
    wrong = [f"{errors} error{'' if errors == 1 else 's'}"] if errors else []
    return ", ".join([*parts, f"{plan.same} unchanged", *wrong])


def _change_lines(change: Change, now: datetime) -> Iterator[str]:
    job, will_fire = change.job, _shown(change.will_fire(now), change)
    fires = "" if change.kind == "new" else f"{_shown(change.fires, change)} → "
    yield f"{MARKS[change.kind]} {job.name}  next {fires}{will_fire}"
    if change.kind == "gone":
        yield f"    paused: {job.paused_reason}"
        return
    for field, (old, new) in change.fields.items():
        yield f"    {field}: {short(old)} → {short(new)}"


def _shown(moment: datetime | None, change: Change) -> str:
    return moment.astimezone(ZoneInfo(change.job.timezone)).isoformat(timespec="seconds") if moment else "never"


def short(value: Any) -> str:
    """A field's value as JSON, cut where it is long; its secrets are hidden."""
    text = dumped(masked(value))
    return text if len(text) <= LONGEST_VALUE else f"{text[: LONGEST_VALUE - 1]}…"


def change_fields(change: Change, now: datetime) -> dict[str, Any]:
    """One change, its moments as they are, the secrets in its values hidden."""
    return {
        "kind": change.kind,
        "job": change.job.name,
        "fields": {field: {"old": masked(old), "new": masked(new)} for field, (old, new) in change.fields.items()},
        "fires": change.fires,
        "will_fire": change.will_fire(now),
    }


def dumped(value: Any) -> str:
    """The value as JSON that any output can carry; moments are texts in UTC."""
    text = json.dumps(value, ensure_ascii=False, default=_moment)
    # Half a surrogate pair, which no output can carry, goes out as the escape it came in as.
    return text.encode(errors="backslashreplace").decode()


def _moment(value: datetime) -> str:
    return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
