"""An import as people read it, and as JSON lines for programs."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any
from zoneinfo import ZoneInfo

from jobs.importers.files.problems import Problem
from jobs.importers.planning.plan import Change, Plan
from jobs.moments import iso, iso_in
from jobs.redaction.redactor import masked

MARKS = {"new": "+", "changed": "~", "gone": "-"}
LONGEST_VALUE = 100
MOST_SHOWN = 100

Row = dict[str, Any]


@dataclass(frozen=True)
class ImportReport:
    """A plan as plain values, made here or told by another machine.

    ``changes`` are as ``change_fields`` has them, all or the first of them, and are read once.
    """

    counts: Mapping[str, int]
    changes: Iterable[Row]
    problems: list[Problem]
    warnings: list[Problem]


def report_of(plan: Plan, *, now: datetime) -> ImportReport:
    changes = (change_fields(change, now) for change in plan.changes)
    return ImportReport(plan.counts(), changes, plan.problems, plan.warnings)


def text_lines(report: ImportReport, *, most: int | None = None) -> Iterator[str]:
    """The diff, at most ``most`` jobs of it, and the sum; problems and warnings are
    ``trouble_lines``.
    """
    shown = 0
    for change in islice(report.changes, most):
        shown += 1
        yield from _change_lines(change)
    if more := sum(report.counts[kind] for kind in ("new", "changed", "paused")) - shown:
        yield f"… and {more} more"
    yield summary(report.counts)


def report_lines(report: ImportReport, *, applied: bool, as_json: bool) -> Iterator[str]:
    """What goes to the output: everything for programs and of a plan that is looked at; else the
    first changes.
    """
    if as_json:
        return json_lines(report, applied=applied)
    return text_lines(report, most=MOST_SHOWN if applied else None)


def trouble_lines(report: ImportReport) -> Iterator[str]:
    """What is wrong and what was passed over, one line each."""
    yield from (f"error: {problem}" for problem in report.problems)
    yield from (f"warning: {warning}" for warning in report.warnings)


def json_lines(report: ImportReport, *, applied: bool) -> Iterator[str]:
    """One JSON object a line, told apart by ``kind``: new, changed, gone, problem, warning, and
    last the summary.
    """
    yield from map(dumped, report.changes)
    for kind, troubles in (("problem", report.problems), ("warning", report.warnings)):
        yield from (dumped({"kind": kind, **trouble.as_dict()}) for trouble in troubles)
    yield dumped({"kind": "summary", **report.counts, "applied": applied})


def summary(counts: Mapping[str, int]) -> str:
    """``2 new, 1 changed, 5 unchanged``, or ``0 changes, 8 unchanged``."""
    parts = [f"{counts[kind]} {kind}" for kind in ("new", "changed", "paused") if counts[kind]] or [
        "0 changes"
    ]
    errors = counts["problems"]
    wrong = [f"{errors} error{'' if errors == 1 else 's'}"] if errors else []
    return ", ".join([*parts, f"{counts['same']} unchanged", *wrong])


def _change_lines(change: Row) -> Iterator[str]:
    zone = ZoneInfo(change["timezone"])
    fires = "" if change["kind"] == "new" else f"{_shown(change['fires'], zone)} → "
    upcoming = f"{fires}{_shown(change['will_fire'], zone)}{_resumed(change, zone)}"
    yield f"{MARKS[change['kind']]} {change['job']}  next {upcoming}  {zone.key}"
    if change["kind"] == "gone":
        yield f"    paused: {change['fields']['paused_reason']['new']}"
        return
    for field, values in change["fields"].items():
        yield f"    {field}: {short(values['old'])} → {short(values['new'])}"


def _resumed(change: Row, zone: ZoneInfo) -> str:
    would = change["would_fire"]
    return f" (paused; if resumed {_shown(would, zone)})" if would else ""


def _shown(moment: datetime | None, zone: ZoneInfo) -> str:
    return iso_in(moment, zone) if moment else "never"


def short(value: Any) -> str:
    """A field's value as JSON, cut where it is long; its secrets are hidden."""
    text = dumped(masked(value))
    return text if len(text) <= LONGEST_VALUE else f"{text[: LONGEST_VALUE - 1]}…"


def change_fields(change: Change, now: datetime) -> Row:
    """One change, the secrets in its values hidden, its moments as they are; the job's zone is for
    showing these in.
    """
    return {
        "kind": change.kind,
        "job": change.job.name,
        "timezone": change.job.timezone,
        "fields": {
            field: {"old": masked(old), "new": masked(new)}
            for field, (old, new) in change.fields.items()
        },
        "fires": change.fires,
        "will_fire": change.will_fire(now),
        "would_fire": change.would_fire(now),
    }


def dumped(value: Any) -> str:
    """The value as JSON that any output can carry; moments are texts in UTC."""
    text = json.dumps(value, ensure_ascii=False, default=iso)
    # Half a surrogate pair, which no output can carry, goes out as the escape it came in as.
    return text.encode(errors="backslashreplace").decode()
