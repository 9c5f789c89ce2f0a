"""Occurrences that an operator's verb takes away: counted in one skipped run, so that each is
accounted for.

A pause takes away what comes due while it lasts; a pause, an archiving or a change of the schedule
also takes away what was due before and no scheduler had come round to.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from jobs import conf
from jobs.access.actor import Actor
from jobs.dispatch.occurrences import make_skip, write_runs
from jobs.dispatch.on_record import left_over, on_record
from jobs.errors import ScheduleError
from jobs.models import Job, JobState

COUNTED_MOST = 50_000
RULE = frozenset(
    {
        "schedule", "timezone", "day_rule", "one_off", "starts_at", "ends_at", "calendars",
        "calendar_policy",
    }
)  # fmt: skip


def drop_for_change(
    job: Job, state: JobState, changed: Collection[str], *, actor: Actor, now: datetime
) -> int:
    """Account for what a change of these fields takes away from ``job`` as it still is; returns how
    many.

    The state must be locked, as for the others.
    """
    if "enabled" in changed:
        if not job.enabled:
            return drop_paused(job, state, now=now)
        return drop_overdue(job, state, reason=paused_reason(actor.name, ""), now=now)
    if RULE.isdisjoint(changed):
        return 0
    return _drop_for_edit(
        job, state, f"edited by {actor}: the schedule was changed before it was planned", now
    )


def drop_for_calendar(job: Job, state: JobState, why: str, *, now: datetime) -> int:
    """The same for a change of a calendar that moves the job's occurrences."""
    return _drop_for_edit(job, state, f"{why} before it was planned", now)


def drop_overdue(job: Job, state: JobState, *, reason: str, now: datetime) -> int:
    """Account for what is due and not planned, before ``job`` is changed so that it never will be;
    returns how many.
    """
    due = state.next_run_at
    if due is None or due > now or not job.is_planned:
        return 0
    # The due moment itself may stem from the rule before the last edit.
    return _skip(job, state, [due, *_moments(job, state, due, now)], reason, now)


def drop_paused(job: Job, state: JobState, *, now: datetime) -> int:
    """Account for what came due while the job was paused, before it is resumed; returns how many.

    Nothing for a job that was made or imported as disabled: nobody paused it.
    """
    if job.enabled or job.paused_at is None:
        return 0
    after = max(job.paused_at, state.last_scheduled_for or job.paused_at)
    reason = paused_reason(job.paused_by, job.paused_reason)
    return _skip(job, state, _moments(job, state, after, now), reason, now)


def _drop_for_edit(job: Job, state: JobState, reason: str, now: datetime) -> int:
    """What was due within the last minute stays due, and is planned yet."""
    on_time = timedelta(seconds=conf.get().on_time_seconds)
    if state.next_run_at is None or state.next_run_at >= now - on_time:
        return 0
    return drop_overdue(job, state, reason=reason, now=now)


def paused_reason(by: str, why: str) -> str:
    """``paused by ana: db move``, as it is written into skipped runs."""
    return f"paused by {by or 'an unknown user'}{f': {why}' if why else ''}"


def _skip(
    job: Job, state: JobState, moments: Sequence[datetime], reason: str, now: datetime
) -> int:
    """Write one skipped run for these moments up to ``now``, and note them as accounted for;
    returns their number.

    From 50,000 on it says that it has not counted further, and stands for all up to ``now``. What
    is on record already is left out, and what is around it then takes a skipped run each.
    """
    if not moments:
        return 0
    is_cut = len(moments) >= COUNTED_MOST
    last = now.replace(microsecond=0) if is_cut else moments[-1]
    told = reason[:450] + (f"; counted up to {len(moments):,}" if is_cut else "")
    recorded = on_record([job.pk], moments[0], last).get(job.pk, ())
    pieces = list(left_over(moments, recorded))
    ends = [piece[-1] if piece[-1] < moments[-1] else last for piece in pieces]
    skips = [
        make_skip(job, piece[0], end, len(piece), now=now, reason=told)
        for piece, end in zip(pieces, ends, strict=True)
    ]
    for skip in skips:
        # Not the key of an occurrence: a row that stands for many must neither hide nor hide behind
        # a run of one.
        skip.occurrence_key = f"d:{skip.scheduled_for:%Y-%m-%dT%H:%M:%SZ}"
    write_runs(skips, now=now)
    state.last_scheduled_for = last
    JobState.objects.filter(pk=state.pk).update(last_scheduled_for=last)
    return sum(map(len, pieces))


def _moments(job: Job, state: JobState, after: datetime, until: datetime) -> list[datetime]:
    try:
        return state.plan(job).between(after, until, COUNTED_MOST)
    except ScheduleError:
        return []  # a schedule that cannot be read has no occurrences
