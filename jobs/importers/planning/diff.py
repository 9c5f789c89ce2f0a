"""From drafts to a plan: what is new, what differs from the stored job, what the files no longer
have.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from jobs import schedules
from jobs.access.actor import Actor
from jobs.errors import ScheduleError
from jobs.importers.files.drafts import Draft, Reading
from jobs.importers.files.problems import Problem
from jobs.importers.planning.alike import alike
from jobs.importers.planning.masks import restore_masks
from jobs.importers.planning.ownership import CODE, IMPORT, refusal
from jobs.importers.planning.plan import Change, Plan
from jobs.importers.planning.stored import (
    Row,
    archived_of,
    ids_no_longer_in,
    is_hidden,
    jobs_of,
    renamed_rows,
    rows_of,
)
from jobs.importers.planning.validate import PERISHABLE, Validator
from jobs.models import Job

NAMED = 8
RESUMED = {"enabled": True, "paused_by": "", "paused_reason": "", "paused_until": None}


def make_plan(reading: Reading, *, actor: Actor, now: datetime, prune: bool) -> Plan:
    """Compare what the files say with what is stored, and check every job as the actor's; changes
    nothing.

    Of a job that the actor does not see, the plan says no more than that its name is taken.
    """
    plan = Plan(problems=list(reading.problems), warnings=list(reading.warnings))
    validator = Validator(now, actor)
    rows = rows_of(reading.drafts)
    rows |= renamed_rows(reading.drafts, rows)
    new = [draft for draft in reading.drafts if draft.name not in rows]
    _plan_new(plan, _without_done(plan, new, now), validator, actor, now)
    differing: dict[Any, Draft] = {}
    for draft in (draft for draft in reading.drafts if draft.name in rows):
        if is_hidden(rows[draft.name], actor):
            plan.problems.append(
                draft.problem("name", f"another job already has the name {draft.name!r}")
            )
        elif problems := restore_masks(draft, rows[draft.name], actor):
            plan.problems += problems
        elif differing_values(draft, rows[draft.name]):
            differing[rows[draft.name]["id"]] = draft
        else:
            _keep(plan, draft, rows[draft.name], validator)
    _plan_changed(plan, differing, reading, validator)
    if prune:
        _plan_gone(plan, reading, actor)
    return plan


def _plan_new(
    plan: Plan, drafts: list[Draft], validator: Validator, actor: Actor, now: datetime
) -> None:
    wrong: list[tuple[Draft, list[Problem]]] = []
    for draft in drafts:
        job = _new_job(draft, now)
        # What the file does not say has the model's defaults, which are right.
        if problems := restore_masks(draft, None, validator.actor) or validator.problems(
            draft, job, {*draft.values, *draft.pause}
        ):
            wrong.append((draft, problems))
        else:
            plan.new.append(Change("new", job))
    _add_wrong(plan, wrong, actor, now)


def _without_done(plan: Plan, drafts: list[Draft], now: datetime) -> list[Draft]:
    """One-offs that are switched off and over are history: one warning a file tells of them all."""
    done = [draft for draft in drafts if draft.is_off and _is_over(draft, now)]
    for document in {id(draft.document): draft.document for draft in done}.values():
        names = [draft.name for draft in done if draft.document is document]
        more = f" and {len(names) - NAMED:,} more" if len(names) > NAMED else ""
        message = (
            "passed over, as they are switched off and their time is over: "
            f"{', '.join(names[:NAMED])}{more}"
        )
        plan.warnings.append(Problem(document.name, 0, 0, "", "", "", message))
    skipped = set(map(id, done))
    return [draft for draft in drafts if id(draft) not in skipped]


def _new_job(draft: Draft, now: datetime) -> Job:
    values = draft.values | (_paused(draft) if draft.enabled is False else {})
    return Job(created_at=now, **values)


def _add_wrong(
    plan: Plan, wrong: list[tuple[Draft, list[Problem]]], actor: Actor, now: datetime
) -> None:
    """A one-off that ran and was archived stays in its file, and being in the past is no mistake
    there.
    """
    past = [draft for draft, problems in wrong if len(problems) == 1 and _is_over(draft, now)]
    archived = archived_of(past, actor=actor)
    for draft, problems in wrong:
        if (draft.name, draft.source, draft.values["schedule"]) in archived:
            plan.same += 1
        else:
            plan.problems += problems


def _is_over(draft: Draft, now: datetime) -> bool:
    try:
        day_rule = draft.values.get("day_rule", "or")
        rule = schedules.parse(
            draft.values["schedule"], draft.values.get("timezone", "UTC"), day_rule
        )
    except ScheduleError:
        return False
    return rule.kind == "once" and rule.next_after(now, now) is None


def _keep(plan: Plan, draft: Draft, row: Row, validator: Validator) -> None:
    problems = validator.perished(draft, row["tags"])
    plan.problems += problems
    plan.same += not problems


def differing_values(draft: Draft, row: Row) -> dict[str, Any]:
    """Field → the file's value, where it differs from the stored one."""
    values = {field: value for field, value in draft.values.items() if not alike(value, row[field])}
    if draft.enabled is False and row["enabled"]:
        values |= _paused(draft)
    elif draft.enabled is not False and not row["enabled"] and row["paused_by"] == IMPORT:
        values |= RESUMED
    return values


def _paused(draft: Draft) -> dict[str, Any]:
    pause = {field: value for field, value in draft.pause.items() if value}
    reason = f"paused in {draft.document.name}"[:500]
    return {
        "enabled": False,
        "paused_by": IMPORT,
        "paused_reason": reason,
        "paused_until": None,
        **pause,
    }


def _plan_changed(
    plan: Plan, differing: dict[Any, Draft], reading: Reading, validator: Validator
) -> None:
    for job in jobs_of(differing).values():
        draft, row = differing[job.pk], dict(vars(job))
        change = _change(job, differing_values(draft, row))
        if refused := refusal(draft, row, change.fields, reading):
            plan.problems.append(draft.problem("name", *refused))
        elif problems := validator.problems(draft, job, {*change.fields, *PERISHABLE}):
            plan.problems += problems
        else:
            plan.changed.append(change)


def _change(job: Job, values: dict[str, Any]) -> Change:
    """The change that gives the job these values; the job has them from here on, unsaved."""
    before = vars(job)
    fields = {
        field: (before[field], value)
        for field, value in values.items()
        if not alike(before[field], value)
    }
    change = Change("changed", job, fields, getattr(job, "state", None), job.updated_at)
    for field, value in values.items():
        setattr(job, field, value)
    return change


def _plan_gone(plan: Plan, reading: Reading, actor: Actor) -> None:
    reasons = {
        job_id: f"no longer {'declared ' if source.startswith(CODE) else ''}in {name}"[:500]
        for source, name in reading.complete.items()
        for job_id in ids_no_longer_in(source, reading.names[source], actor=actor)
    }
    # A job that moved from one of the files to another is not gone.
    moved = {change.job.pk for change in plan.changed}
    jobs = jobs_of(reasons.keys() - moved)
    for job in sorted(jobs.values(), key=lambda job: job.name):
        paused = {
            "enabled": False,
            "paused_by": IMPORT,
            "paused_reason": reasons[job.pk],
            "paused_until": None,
        }
        change = _change(job, paused)
        change.kind = "gone"
        plan.gone.append(change)
