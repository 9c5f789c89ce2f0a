"""An action plans a job from the moment of the action, however late the row is written."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from jobs.actions.jobs import archive_job, create_job, restore_version, unarchive_job, update_job
from jobs.actions.pauses import pause_job, resume_job
from jobs.actions.undo import Before, undo_pause
from jobs.models import Job, JobState, Run, RunState
from tests.support.builders import by, make_job, make_run

BEFORE = datetime(2027, 3, 1, 11, 0, 0, tzinfo=UTC)
NOON = datetime(2027, 3, 1, 12, 0, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)
ANA = by("ana")


def _created() -> Job:
    values = {"name": "a", "task": "EchoTask", "schedule": "* * * * * *"}
    return create_job(values, actor=ANA, now=NOON)


def _edited() -> Job:
    return update_job(_made("@daily"), {"schedule": "* * * * * *"}, actor=ANA, now=NOON)


def _restored() -> Job:
    job = update_job(_made("* * * * * *"), {"schedule": "@daily"}, actor=ANA, now=BEFORE)
    return restore_version(job, 1, actor=ANA, now=NOON)


def _resumed() -> Job:
    return resume_job(_paused(), actor=ANA, now=NOON)


def _enabled() -> Job:
    return update_job(_paused(), {"enabled": True}, actor=ANA, now=NOON)


def _brought_back() -> Job:
    job = _made("* * * * * *")
    make_run(job)
    archive_job(job, actor=ANA, now=BEFORE)
    job.refresh_from_db()
    return update_job(
        unarchive_job(job, actor=ANA, now=BEFORE), {"enabled": True}, actor=ANA, now=NOON
    )


def _made(schedule: str) -> Job:
    with time_machine.travel(BEFORE, tick=False):
        return make_job(schedule=schedule)


def _paused() -> Job:
    return pause_job(_made("* * * * * *"), actor=ANA, now=BEFORE)


@pytest.mark.parametrize("act", [_created, _edited, _restored, _resumed, _enabled, _brought_back])
def test_nothing_lies_between_what_was_counted_and_what_is_planned(act: Callable[[], Job]) -> None:
    with time_machine.travel(NOON + timedelta(seconds=30), tick=False):
        job = act()
    assert JobState.objects.get(job=job).next_run_at == NOON + SECOND
    counted = Run.objects.filter(job=job, state=RunState.SKIPPED, occurrence_key__startswith="d:")
    assert [run.skipped_until for run in counted if run.skipped_until] in ([], [NOON])


def test_a_pause_that_is_taken_back_is_planned_from_its_beginning() -> None:
    job = _made("* * * * * *")
    paused = pause_job(job, actor=ANA, now=NOON)
    with time_machine.travel(NOON + timedelta(seconds=30), tick=False):
        undo_pause(paused, Before.of(job, paused), actor=ANA, now=NOON + timedelta(seconds=20))
    assert JobState.objects.get(job=job).next_run_at == NOON + SECOND
