"""What a pause, a resume, an edit or an archiving takes away is counted: no due occurrence
vanishes.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from jobs.actions.jobs import archive_job, update_job
from jobs.actions.pauses import pause_job, resume_due, resume_job
from jobs.actions.runs import skipped
from jobs.models import Job, JobState, Run, RunState
from jobs.models.run import occurrence_key
from jobs.scheduler.planner import plan_due
from tests.support.builders import by, make_job, make_run

NOON = datetime(2027, 3, 1, 12, 0, tzinfo=UTC)
LATER = NOON + timedelta(hours=2, seconds=30)


def minutely(**fields: object) -> Job:
    with time_machine.travel(NOON - timedelta(seconds=30), tick=False):
        return make_job(**({"schedule": "* * * * *"} | fields))


def pause(job: Job, at: datetime = NOON + timedelta(seconds=30), **how: object) -> None:
    with time_machine.travel(at, tick=False):
        pause_job(job, actor=by("ana"), now=at, **how)  # type: ignore[arg-type]


def resume(job: Job, at: datetime = LATER) -> None:
    with time_machine.travel(at, tick=False):
        resume_job(job, actor=by("bo"), now=at)


def skips() -> list[tuple[datetime, datetime | None, int, str]]:
    rows = Run.objects.filter(state=RunState.SKIPPED).order_by("scheduled_for")
    return [(row.scheduled_for, row.skipped_until, row.skipped_count, row.reason) for row in rows]


def test_resuming_counts_what_was_missed_in_one_skipped_run() -> None:
    job = minutely()
    plan_due(now=NOON)
    pause(job, reason="db move")
    resume(job)
    first, last = NOON + timedelta(minutes=1), NOON + timedelta(hours=2)
    assert skips() == [(first, last, 120, "paused by ana: db move")]
    state = JobState.objects.get(job=job)
    assert (state.last_scheduled_for, state.next_run_at) == (last, last + timedelta(minutes=1))


def test_a_resumed_job_has_forgotten_its_pause() -> None:
    job = minutely()
    pause(job)
    job.refresh_from_db()
    assert job.paused_at == NOON + timedelta(seconds=30)
    resume(job)
    fresh = Job.objects.get(pk=job.pk)
    assert (fresh.enabled, fresh.paused_at, fresh.paused_by, fresh.paused_until) == (
        True,
        None,
        "",
        None,
    )


def test_pausing_again_keeps_the_moment_since_which_it_is_paused() -> None:
    job = minutely()
    plan_due(now=NOON)
    pause(job, reason="db move")
    pause(job, at=NOON + timedelta(hours=1), reason="still moving")
    resume(job)
    assert [row[2:] for row in skips()] == [(120, "paused by ana: still moving")]


def test_what_was_due_when_the_job_was_paused_and_nobody_had_planned_is_counted_at_once() -> None:
    job = minutely()
    pause(job, at=NOON + timedelta(minutes=3))
    assert skips() == [(NOON, NOON + timedelta(minutes=3), 4, "paused by ana")]
    resume(job)
    assert sum(row[2] for row in skips()) == 121


def test_a_pause_during_which_nothing_came_due_leaves_no_trace() -> None:
    job = minutely(schedule="0 4 * * *")
    pause(job)
    resume(job)
    assert not Run.objects.exists()


def test_resuming_a_job_that_is_not_paused_counts_nothing() -> None:
    job = minutely()
    plan_due(now=NOON)
    resume(job)
    assert skips() == []


def test_resuming_a_job_that_is_not_paused_leaves_what_is_due_to_the_planner() -> None:
    job = minutely()
    pause(job, at=NOON + timedelta(seconds=10))
    resume(job, at=NOON + timedelta(seconds=20))
    late = NOON + timedelta(minutes=1, seconds=50)
    resume(job, at=late)
    plan_due(now=late)
    planned = Run.objects.exclude(state=RunState.SKIPPED).values_list("scheduled_for", flat=True)
    assert list(planned) == [NOON + timedelta(minutes=1)]


def test_a_job_made_as_disabled_was_paused_by_nobody() -> None:
    job = minutely(enabled=False)
    resume(job)
    assert not Run.objects.exists()


def test_a_pause_that_runs_out_is_counted_too() -> None:
    job = minutely()
    pause(job, until=NOON + timedelta(hours=1))
    with time_machine.travel(LATER, tick=False):
        assert resume_due(now=LATER) == 1
    assert sum(row[2] for row in skips()) == 121


def test_every_occurrence_of_a_paused_and_resumed_job_is_accounted_for_once() -> None:
    job = minutely()
    for minute in range(0, 12, 4):
        plan_due(now=NOON + timedelta(minutes=minute))
        pause(job, at=NOON + timedelta(minutes=minute + 1, seconds=20))
        resume(job, at=NOON + timedelta(minutes=minute + 3, seconds=10))
    plan_due(now=NOON + timedelta(minutes=12))
    assert sum(run.skipped_count or 1 for run in Run.objects.all()) == 13


def test_the_skip_stands_beside_a_run_of_the_same_moment() -> None:
    job = minutely()
    make_run(job, occurrence_key="s:2027-03-01T12:01:00Z")
    pause(job)
    resume(job)
    assert [row[2] for row in skips()] == [1, 120]


def test_a_long_pause_is_counted_up_to_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(skipped, "COUNTED_MOST", 10)
    job = minutely()
    plan_due(now=NOON)
    pause(job)
    resume(job)
    assert skips() == [(NOON + timedelta(minutes=1), LATER, 10, "paused by ana; counted up to 10")]
    assert JobState.objects.get(job=job).next_run_at == NOON + timedelta(hours=2, minutes=1)


def test_an_edit_of_the_schedule_counts_what_nobody_had_planned() -> None:
    job = minutely()
    with time_machine.travel(LATER, tick=False):
        update_job(job, {"schedule": "0 4 * * *"}, actor=by("ana"), now=LATER)
    ((first, last, count, reason),) = skips()
    assert (first, last, count) == (NOON, NOON + timedelta(hours=2), 121)
    assert reason.startswith("edited by ana")


def test_an_edit_right_after_the_moment_leaves_it_to_the_scheduler() -> None:
    job, at = minutely(), NOON + timedelta(seconds=5)
    with time_machine.travel(at, tick=False):
        update_job(job, {"schedule": "0 4 * * *"}, actor=by("ana"), now=at)
        plan_due(now=at)
    assert [(run.state, run.scheduled_for) for run in Run.objects.all()] == [
        (RunState.QUEUED, NOON)
    ]


def test_a_moment_that_an_edit_left_to_the_scheduler_is_counted_by_the_pause_after_it() -> None:
    job, at = minutely(), NOON + timedelta(seconds=5)
    with time_machine.travel(at, tick=False):
        update_job(job, {"schedule": "0 4 * * *"}, actor=by("ana"), now=at)
    pause(job, at=NOON + timedelta(seconds=6))
    assert skips() == [(NOON, NOON, 1, "paused by ana")]


def test_an_edit_of_something_else_leaves_what_is_due_alone() -> None:
    job = minutely()
    with time_machine.travel(LATER, tick=False):
        update_job(job, {"description": "better said"}, actor=by("ana"), now=LATER)
    assert not Run.objects.exists()


def test_an_edit_that_is_refused_counts_nothing() -> None:
    job = minutely()
    with time_machine.travel(LATER, tick=False), pytest.raises(ValueError, match="schedule"):
        update_job(job, {"schedule": "61 * * * *"}, actor=by("ana"), now=LATER)
    assert not Run.objects.exists()
    assert JobState.objects.get(job=job).last_scheduled_for is None


def test_switching_a_job_off_and_on_by_an_edit_counts_like_a_pause() -> None:
    job = minutely()
    for at, enabled in ((NOON + timedelta(seconds=30), False), (LATER, True)):
        with time_machine.travel(at, tick=False):
            update_job(job, {"enabled": enabled}, actor=by("ana"), now=at)
    assert [row[2:] for row in skips()] == [(1, "paused by ana"), (120, "paused by ana")]


def test_archiving_counts_what_nobody_had_planned() -> None:
    job = minutely()
    plan_due(now=NOON)
    with time_machine.travel(LATER, tick=False):
        archive_job(job, actor=by("ana"), now=LATER)
    assert [row[2:] for row in skips()] == [(120, "archived by ana")]


def test_a_moment_that_has_its_run_already_is_not_counted_again() -> None:
    """As after the clock was ahead for a moment, and planning began again where the time is."""
    job, early = minutely(), NOON + timedelta(minutes=2)
    make_run(job, scheduled_for=early, occurrence_key=occurrence_key(early))
    pause(job, at=NOON + timedelta(minutes=5, seconds=30))
    reason = "paused by ana"
    minutes = [NOON + timedelta(minutes=number) for number in range(6)]
    assert skips() == [(minutes[0], minutes[1], 2, reason), (minutes[3], minutes[5], 3, reason)]
    assert JobState.objects.get(job=job).last_scheduled_for == minutes[5]
