"""Planning with calendars: what they close is a skipped row, or moves; all else is as without."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine

from jobs.actions.calendars.editing import delete_calendar, update_calendar
from jobs.errors import DomainError
from jobs.models import Calendar, Job, JobState, Run, RunState
from jobs.scheduler.direct import Direct
from jobs.scheduler.planner import plan_due
from tests.support.builders import by, make_calendar, make_job

FRIDAY = datetime(2027, 3, 5, 12, 0, tzinfo=UTC)
SATURDAY = FRIDAY + timedelta(days=1)
MONDAY = FRIDAY + timedelta(days=3)


def daily(**fields: Any) -> Job:
    """A job of noon, as of Friday morning."""
    with time_machine.travel(FRIDAY - timedelta(hours=6), tick=False):
        return make_job(**({"schedule": "0 12 * * *", "calendars": ["plant"]} | fields))


def rows() -> list[tuple[str, str, str]]:
    runs = Run.objects.order_by("scheduled_for", "id")
    return [(f"{run.scheduled_for:%a %H:%M}", str(run.state), run.reason) for run in runs]


def upcoming(job: Job) -> datetime | None:
    return JobState.objects.get(job=job).next_run_at


def plan_each_day(*moments: datetime) -> None:
    for moment in moments:
        plan_due(now=moment)


def test_what_a_calendar_closes_is_a_skipped_row_that_names_it() -> None:
    make_calendar("plant", weekdays=["SAT", "SUN"])
    daily()
    plan_each_day(FRIDAY, SATURDAY)
    assert rows() == [
        ("Fri 12:00", "queued", ""),
        ("Sat 12:00", "skipped", "calendar: plant (Saturday)"),
    ]


def test_a_day_is_closed_in_the_jobs_zone() -> None:
    make_calendar("plant", weekdays=["SAT"])
    daily(schedule="30 0 * * *", timezone="Asia/Tokyo")  # 15:30 UTC of the day before
    plan_due(now=FRIDAY + timedelta(hours=4))
    assert rows() == [("Fri 15:30", "skipped", "calendar: plant (Saturday)")]


def test_the_next_open_moment_takes_the_place_of_a_closed_one() -> None:
    make_calendar("plant", weekdays=["SAT", "SUN"])
    job = daily(calendar_policy="next", schedule="0 12 * * SAT")
    assert upcoming(job) == MONDAY
    plan_each_day(SATURDAY, MONDAY)
    assert rows() == [("Mon 12:00", "queued", "")]


def test_the_previous_open_moment_takes_the_place_of_a_closed_one() -> None:
    make_calendar("plant", weekdays=["SAT", "SUN"])
    job = daily(calendar_policy="previous", schedule="0 12 * * SAT")
    assert upcoming(job) == FRIDAY
    plan_due(now=FRIDAY)
    assert rows() == [("Fri 12:00", "queued", "")]
    assert upcoming(job) == FRIDAY + timedelta(days=7)


def test_what_is_missed_is_judged_without_what_was_closed() -> None:
    make_calendar("plant", weekdays=["SAT", "SUN"])
    daily()
    plan_due(now=MONDAY - timedelta(hours=2))
    assert [(day, state) for day, state, _ in rows()] == [
        ("Fri 12:00", "skipped"),  # missed three days ago: older than the window
        ("Sat 12:00", "skipped"),
        ("Sun 12:00", "skipped"),
    ]
    assert [reason.split()[0] for *_, reason in rows()] == ["missed:", "calendar:", "calendar:"]


def test_the_latest_missed_occurrence_that_was_open_runs() -> None:
    make_calendar("plant", weekdays=["SUN"])
    daily(misfire_window_seconds=7 * 86_400)
    plan_due(now=MONDAY - timedelta(hours=2))
    assert [(day, state) for day, state, _ in rows()] == [
        ("Fri 12:00", "skipped"),
        ("Sat 12:00", "queued"),
        ("Sun 12:00", "skipped"),
    ]


def test_every_due_moment_is_in_one_row_however_closed_and_missed_ones_alternate() -> None:
    make_calendar("plant", windows=["0 */2 * * * for 1h # even hours"])
    daily(schedule="0 * * * *", misfire_policy="skip")
    plan_due(now=FRIDAY + timedelta(seconds=61))
    found = Run.objects.filter(state=RunState.SKIPPED)
    assert sum(max(1, run.skipped_count) for run in found) == 6  # 07:00 to 12:00
    assert [state for _, state, _ in rows()] == ["skipped"] * 6


def test_a_calendar_for_all_skips_what_names_none_and_one_for_tags_what_has_one() -> None:
    make_calendar("freeze", applies_to="all", closed_days=["2027-03-05 # Freeze"])
    make_calendar("ops", applies_to="tagged", tags=["ops"], closed_days=["2027-03-06"])
    daily(calendars=[], name="plain")
    daily(calendars=[], name="tagged", tags=["ops"])
    plan_each_day(FRIDAY, SATURDAY)
    found = Run.objects.order_by("scheduled_for", "job__name").values_list("job__name", "reason")
    assert list(found) == [
        ("plain", "calendar: freeze (Freeze)"),
        ("tagged", "calendar: freeze (Freeze)"),
        ("plain", ""),
        ("tagged", "calendar: ops (closed by hand)"),
    ]


@pytest.mark.parametrize("applies_to", ["all", "named"])
def test_the_direct_path_leaves_what_is_closed_to_the_general_one(applies_to: str) -> None:
    make_calendar("plant", applies_to=applies_to, closed_days=["2027-03-05"])
    daily(calendars=[] if applies_to == "all" else ["plant"])
    direct = Direct(FRIDAY)
    plan_due(now=FRIDAY, direct=direct)
    assert rows() == [("Fri 12:00", "skipped", "calendar: plant (closed by hand)")]


def test_a_job_whose_calendar_is_gone_is_parked_and_says_so() -> None:
    make_calendar("plant")
    job = daily()
    Calendar.objects.all().delete()
    plan_due(now=FRIDAY)
    state = JobState.objects.get(job=job)
    assert state.next_run_at is None
    assert "there is no calendar 'plant'" in state.schedule_error


def test_a_changed_calendar_plans_the_jobs_it_moves_anew_at_once() -> None:
    make_calendar("plant", weekdays=["SUN"])
    job = daily(calendar_policy="next", schedule="0 12 * * SUN")
    assert upcoming(job) == MONDAY
    values = {"weekdays": ["SUN", "MON"]}
    update_calendar("plant", values, actor=by("ana"), now=FRIDAY - timedelta(hours=5))
    assert upcoming(job) == MONDAY + timedelta(days=1)


def test_what_was_due_before_the_change_and_not_planned_is_told_as_skipped() -> None:
    make_calendar("plant", weekdays=["SUN"])
    job = daily(calendar_policy="next")
    values = {"weekdays": ["FRI", "SUN"]}
    update_calendar("plant", values, actor=by("ana"), now=FRIDAY + timedelta(minutes=5))
    ((day, state, reason),) = rows()
    assert (day, state) == ("Fri 12:00", "skipped")
    assert "the calendar plant was changed" in reason
    assert upcoming(job) == SATURDAY


def test_a_calendar_changed_behind_the_actions_moves_its_jobs_when_they_are_planned() -> None:
    make_calendar("plant", weekdays=["SUN"])
    job = daily(calendar_policy="next")
    changed = Calendar.objects.get()
    changed.weekdays = ["FRI"]
    changed.save()
    plan_due(now=FRIDAY)
    assert upcoming(job) == SATURDAY
    assert rows() == [("Fri 12:00", "queued", "")]  # due this very moment: an edit takes nothing


def test_a_calendar_that_jobs_name_is_not_removed() -> None:
    make_calendar("plant")
    job = daily()
    with pytest.raises(DomainError, match=f"in use by 1 job: {job.name}"):
        delete_calendar("plant", actor=by("ana"), now=FRIDAY)
