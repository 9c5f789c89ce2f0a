"""A plan as the page shows it: a row per change, a row per mistake."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from jobs.admin.look.badges import Badge
from jobs.admin.look.schedule import rule_in_words
from jobs.admin.look.times import Moment, moment
from jobs.importers.files.problems import Problem
from jobs.importers.planning.choosing import fingerprint
from jobs.importers.planning.plan import Change, Plan
from jobs.importers.report import short
from jobs.moments import iso_in
from jobs.redaction.patterns import scrubbed

# Each is a box to tick, and Django takes a thousand fields of one form.
MOST_CHANGES = 400
MOST_PROBLEMS = 200
EXCERPT = 160
NOT_PLANNED = "nothing is planned"
# What is said of a file as a whole has the file for its subject.
ABOUT_THE_FILE = ("is ", "has ", "holds ", "contains ", "cannot ", "took ", "sets ")

BADGES = {
    "new": Badge("new", "add_circle", "good", "this job does not exist yet"),
    "changed": Badge("changed", "edit", "info", "the file changes this job"),
    "gone": Badge("absent", "help", "warn", "the file no longer contains this job"),
}
INVALID = Badge("invalid", "cancel", "bad", "this entry cannot become a job")


@dataclass(frozen=True)
class ChangedField:
    name: str
    old: str
    new: str


@dataclass(frozen=True)
class ChangeRow:
    """``before`` is None where the job is new or fires as it did; ``is_ticked``: applied unless
    somebody objects.
    """

    badge: Badge
    job: str
    task: str
    sentence: str
    fields: list[ChangedField]
    before: Moment | None
    after: Moment
    note: str
    is_ticked: bool


@dataclass(frozen=True)
class ProblemRow:
    place: str
    path: str
    subject: str
    message: str
    hint: str
    excerpt: str


def plan_context(plan: Plan, text: str, now: datetime) -> dict[str, Any]:
    """What the template prints of a plan for the file with this text."""
    changes, problems = (
        plan.changes,
        sorted(plan.problems, key=lambda problem: (problem.line, problem.column)),
    )
    return {
        "counts": _counts(plan),
        "changes": [change_row(change, now) for change in changes[:MOST_CHANGES]],
        "changes_more": max(0, len(changes) - MOST_CHANGES),
        "can_choose": len(changes) <= MOST_CHANGES,
        "problems": problem_rows(problems[:MOST_PROBLEMS], text),
        "problems_more": max(0, len(problems) - MOST_PROBLEMS),
        "warnings": [_warning(warning) for warning in plan.warnings[:MOST_PROBLEMS]],
        "invalid": INVALID,
        "absent": len(plan.gone),
        "same": plan.same,
        "seen": fingerprint(plan),
    }


def _counts(plan: Plan) -> list[tuple[str, str, int]]:
    """(tone, label, number) of each part."""
    return [
        ("good", "new", len(plan.new)),
        ("info", "changed", len(plan.changed)),
        ("neutral", "same", plan.same),
        ("warn", "absent", len(plan.gone)),
        ("bad", "invalid", len(plan.problems)),
    ]


def change_row(change: Change, now: datetime) -> ChangeRow:
    job, is_gone = change.job, change.kind == "gone"
    fires, will_fire = change.fires, change.fires if is_gone else change.will_fire(now)
    moves = change.kind == "changed" and fires != will_fire
    return ChangeRow(
        badge=BADGES[change.kind],
        job=job.name,
        task=job.task,
        sentence=rule_in_words(job),
        fields=[] if is_gone else [_field(name, *pair) for name, pair in change.fields.items()],
        before=moment(fires, now, job.timezone, absent=NOT_PLANNED) if moves else None,
        after=moment(will_fire, now, job.timezone, absent=NOT_PLANNED),
        note=""
        if job.enabled
        else f"paused: {job.paused_reason or 'no reason given'}{_if_resumed(change, now)}",
        is_ticked=not is_gone,
    )


def _if_resumed(change: Change, now: datetime) -> str:
    would = change.would_fire(now)
    return f"; if resumed, next {iso_in(would, ZoneInfo(change.job.timezone))}" if would else ""


def _field(name: str, old: Any, new: Any) -> ChangedField:
    return ChangedField(name.replace("_", " "), short(old), short(new))


def problem_rows(problems: Sequence[Problem], text: str) -> list[ProblemRow]:
    lines = text.split("\n") if problems else []
    return [_problem_row(problem, lines) for problem in problems]


def _problem_row(problem: Problem, lines: list[str]) -> ProblemRow:
    is_about_file = not problem.job and problem.message.startswith(ABOUT_THE_FILE)
    return ProblemRow(
        place=f"Line {problem.line}" if problem.line else "The file",
        path=problem.path,
        subject=", ".join(filter(None, [problem.job, problem.field])),
        message=f"the file {problem.message}" if is_about_file else problem.message,
        hint=problem.hint,
        excerpt=_excerpt(problem, lines),
    )


def _excerpt(problem: Problem, lines: list[str]) -> str:
    """The line that is meant; of a long one the part around the column."""
    if not 0 < problem.line <= len(lines):
        return ""
    line = scrubbed(lines[problem.line - 1])
    start = max(0, problem.column - 1 - EXCERPT // 2) if len(line) > EXCERPT else 0
    part = line[start : start + EXCERPT].strip()
    return f"{'…' if start else ''}{part}{'…' if start + EXCERPT < len(line) else ''}"


def _warning(warning: Problem) -> str:
    hint = f" ({warning.hint})" if warning.hint else ""
    return f"Line {warning.line}: {warning.message}{hint}"
