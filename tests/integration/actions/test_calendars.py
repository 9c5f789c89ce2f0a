"""Calendars: made, changed, removed; their bounds, and what a change would move."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine

from jobs.actions.calendars.editing import changed_calendar, create_calendar, update_calendar
from jobs.actions.runs.backfills import preview_backfill
from jobs.definition.calendar_checks import InvalidCalendar
from jobs.errors import DomainError, NameTaken
from jobs.models import AuditEntry, Calendar, JobState
from jobs.queries.calendars import Moves, moves_of
from jobs.queries.why.job import why_job
from tests.support.builders import by, make_calendar, make_job

NOW = datetime(2027, 3, 1, 12, 30, tzinfo=UTC)  # a Monday
DAY = timedelta(days=1)


def create(**values: Any) -> Calendar:
    return create_calendar({"name": "plant"} | values, actor=by("ana"), now=NOW)


def moves(**values: Any) -> Moves:
    changed = changed_calendar(Calendar.objects.get(), values)
    return moves_of("plant", changed, actor=by("ana"), now=NOW)


@pytest.mark.parametrize(
    ("field", "values"),
    [
        ("name", {"name": "with space"}),
        ("closed_days", {"closed_days": [f"2027-01-01 # {number}" for number in range(501)]}),
        ("windows", {"windows": ["0 1 * * * for 1h"] * 101}),
        ("windows", {"windows": "0 1 * * * for 1h"}),
        ("closed_days", {"closed_days": ["x" * 201]}),
        ("country", {"country": "XX"}),
        ("ics", {"ics": "x"}),
        ("feed_url", {"feed_url": "ftp://example.com/a.ics"}),
        ("feed_url", {"feed_url": "https://ana:secret@example.com/a.ics"}),
        ("applies_to", {"applies_to": "nobody"}),
        ("tags", {"applies_to": "tagged"}),
        ("tags", {"tags": ["ops"]}),
    ],
)
def test_a_calendar_that_makes_no_sense_is_refused_by_field(
    field: str, values: dict[str, Any]
) -> None:
    with pytest.raises(InvalidCalendar) as refused:
        create(**values)
    assert refused.value.problems[0].field == field


def test_every_problem_is_told_at_once() -> None:
    with pytest.raises(InvalidCalendar) as refused:
        create(country="XX", weekdays=["SO"], windows=["at night"])
    assert [each.field for each in refused.value.problems] == ["country", "weekdays", "windows"]


def test_a_name_is_taken_once() -> None:
    create()
    with pytest.raises(NameTaken):
        create()


def test_there_are_at_most_two_hundred() -> None:
    for number in range(200):
        make_calendar(f"c{number}")
    with pytest.raises(DomainError, match="at most 200 calendars"):
        create()


def test_the_audit_has_what_changed() -> None:
    create(weekdays=["SUN"])
    update_calendar("plant", {"weekdays": ["SAT"]}, actor=by("ana"), now=NOW)
    assert AuditEntry.objects.order_by("-id")[0].changes == {"weekdays": [["SUN"], ["SAT"]]}


def test_a_change_that_changes_nothing_leaves_no_trace() -> None:
    create(weekdays=["SUN"])
    update_calendar("plant", {"weekdays": ["SUN"]}, actor=by("ana"), now=NOW)
    assert AuditEntry.objects.count() == 1


def test_a_change_shows_what_it_skips_and_what_it_brings_back() -> None:
    create(closed_days=["2027-03-02"])
    job = make_job(name="nightly", schedule="0 2 * * *", calendars=["plant"])
    found = moves(closed_days=["2027-03-03"])
    shown = [(move.scheduled_for.day, move.before, move.after) for move in found.moves]
    second, third = (datetime(2027, 3, day, 2, tzinfo=UTC) for day in (2, 3))
    assert shown == [(2, None, second), (3, third, None)]
    assert (found.count, found.jobs, found.moves[0].job) == (2, 1, job)


def test_a_change_shows_where_occurrences_move() -> None:
    create()
    make_job(schedule="0 2 3 * *", calendars=["plant"], calendar_policy="next")
    (move,) = moves(closed_days=["2027-03-03", "2027-03-04"]).moves
    assert (move.before, move.after) == (move.scheduled_for, move.scheduled_for + 2 * DAY)


def test_what_applies_to_tags_concerns_the_jobs_that_have_one() -> None:
    create()
    make_job(schedule="0 2 * * *", tags=["ops"])
    make_job(schedule="0 2 * * *")
    found = moves(applies_to="tagged", tags=["ops"], closed_days=["2027-03-03"])
    assert (found.count, found.jobs) == (1, 1)


def test_a_backfill_runs_what_the_calendars_leave_open() -> None:
    create(closed_days=["2027-02-27"])
    with time_machine.travel(NOW - 10 * DAY, tick=False):
        job = make_job(schedule="0 2 * * *", calendars=["plant"])
    begin = datetime(2027, 2, 26, tzinfo=UTC)
    found = preview_backfill(job, now=NOW, start=begin, end=begin + 3 * DAY)
    assert [moment.day for moment in found] == [26, 28]
    with pytest.raises(DomainError, match="calendars skip every occurrence"):
        preview_backfill(job, now=NOW, start=begin + DAY, end=begin + 2 * DAY)


def test_why_says_that_the_next_occurrence_will_be_skipped() -> None:
    create(closed_days=["2027-03-02 # Inventory"])
    with time_machine.travel(NOW, tick=False):
        job = make_job(schedule="0 2 * * *", calendars=["plant"])
    reasons = {reason.code: reason for reason in why_job(job, now=NOW).reasons}
    assert "the calendar plant (Inventory) is closed then" in reasons["closed"].sentence
    assert reasons["closed"].facts["calendar"] == "plant"
    assert JobState.objects.get().next_run_at == datetime(2027, 3, 2, 2, tzinfo=UTC)
