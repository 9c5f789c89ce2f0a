"""The fixture for a project's tests says what the engine will do."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from beatwright.foretelling import DeclaredJobs, WrongDeclarations
from tests.support.declared import DeclaringApp

BERLIN = ZoneInfo("Europe/Berlin")
Asking = Callable[[str], Any]


def berlin(month: int, day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2027, month, day, hour, minute, tzinfo=BERLIN)


@pytest.fixture
def asked(orders: DeclaringApp, request: pytest.FixtureRequest) -> Asking:
    """Declare one job, ``a``, and go to the first of March 2027 in Berlin."""

    def declare(rest: str) -> Any:
        orders.write(f'job("a", {rest})')
        jobs: DeclaredJobs = request.getfixturevalue("declared_jobs")
        jobs.travel("2027-03-01", "Europe/Berlin")
        return jobs["a"]

    return declare


def nightly(time: str, **options: str) -> str:
    more = "".join(f", {name}={value}" for name, value in options.items())
    return f'log_task.s("hi"), cron("{time}", "Europe/Berlin"){more}'


def test_a_job_says_when_it_is_due_from_the_moment_travelled_to(asked: Asking) -> None:
    job = asked(nightly("30 2 * * *"))
    assert job.next_runs(2) == [berlin(3, 1, 2, 30), berlin(3, 2, 2, 30)]
    assert job.due_between("2027-03-05", "2027-03-06") == [berlin(3, 5, 2, 30)]


def test_a_job_ends_where_it_says(asked: Asking) -> None:
    assert asked(nightly("30 2 * * *", one_off="True")).next_runs(5) == [berlin(3, 1, 2, 30)]


def test_an_interval_counts_from_the_moment_travelled_to(asked: Asking) -> None:
    assert asked('echo_task, every("6h")').next_runs(1) == [datetime(2027, 3, 1, 5, tzinfo=UTC)]


def test_all_jobs_that_are_due_are_listed_in_order(orders: DeclaringApp) -> None:
    orders.write("""
        job("second", echo_task, cron("0 4 * * *"))
        job("first", echo_task, cron("0 3 * * *"))
        job("never", echo_task, manual())
    """)
    jobs = DeclaredJobs()
    jobs.travel("2027-03-01")
    assert [name for name, _ in jobs.due(within=timedelta(days=1))] == ["first", "second"]


@pytest.mark.parametrize(
    ("misfire", "runs"), [("latest", [(8, 2)]), ("all", [(8, 2)]), ("skip", [])]
)
def test_an_outage_runs_what_the_policy_says_and_counts_the_rest(
    asked: Asking, misfire: str, runs: list[tuple[int, int]]
) -> None:
    job = asked(nightly("0 2 * * *", misfire=f'"{misfire}"'))
    outage = job.after_outage("2027-03-05T18:00", "2027-03-08T09:00")
    assert outage.runs == [berlin(3, day, hour) for day, hour in runs]
    assert outage.skipped == 3 - len(runs)


def test_an_outage_of_less_than_a_minute_skips_nothing(asked: Asking) -> None:
    job = asked(nightly("0 2 * * *", misfire='"skip"'))
    assert job.after_outage("2027-03-05T01:59:50", "2027-03-05T02:00:10").skipped == 0
    assert job.after_outage("2027-03-05T03:00", "2027-03-05T04:00").runs == []


SPRING, AUTUMN = date(2027, 3, 28), date(2027, 10, 31)


@pytest.mark.parametrize(
    ("schedule", "changes"),
    [
        ('cron("30 2 * * *", "Europe/Berlin")', [(SPRING, "moved")]),
        ('cron("0 5 * * *", "Europe/Berlin")', []),
        ('cron("30 * * * *", "Europe/Berlin")', [(SPRING, "never"), (AUTUMN, "twice")]),
        ('cron("30 2,3 * * *", "Europe/Berlin")', [(SPRING, "moved")]),
        ('cron("0 2,3 * * *", "Europe/Berlin")', [(SPRING, "never")]),
        ('rrule("FREQ=DAILY;BYHOUR=2;BYMINUTE=15", "Europe/Berlin")', [(SPRING, "moved")]),
        ('cron("30 2 * * *")', []),
        ('every("1h")', []),
        ("manual()", []),
        (
            'once("2027-03-28T02:30", "Europe/Berlin")',
            [(SPRING, "moved")],
        ),
    ],
)
def test_days_on_which_clocks_change_are_named_with_what_happens(
    asked: Asking, schedule: str, changes: list[tuple[date, str]]
) -> None:
    assert asked(f"echo_task, {schedule}").clock_changes(2027) == changes


def test_a_body_runs_here_with_the_params_that_are_declared(asked: Asking) -> None:
    job = asked(nightly("30 2 * * *"))
    assert job.run() == {"message": "hi", "level": "info"}
    assert job.run(level="error") == {"message": "hi", "level": "error"}
    with pytest.raises(TypeError, match="needs a string"):
        job.run(message=5)


def test_params_that_name_secrets_need_their_values(asked: Asking) -> None:
    job = asked('echo_task.s(token={"$secret": "billing"}), manual()')
    with pytest.raises(ValueError, match="billing"):
        job.run()
    assert job.run(token="x") == {"token": "x"}


def test_a_name_that_is_not_declared_is_told_with_the_one_that_was_meant(asked: Asking) -> None:
    asked("echo_task, manual()")
    with pytest.raises(KeyError, match="did you mean a"):
        DeclaredJobs()["aa"]


def test_wrong_declarations_fail_the_test_with_their_lines(orders: DeclaringApp) -> None:
    orders.write('job("a", log_task.s(), manual())')
    with pytest.raises(WrongDeclarations, match=r"schedules\.py:3.*message is required"):
        DeclaredJobs()
