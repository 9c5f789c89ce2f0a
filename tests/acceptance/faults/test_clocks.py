"""Scenarios 19, 20 and 32: clocks that change by law, and clocks that are wrong."""

from __future__ import annotations

import json
import time
from collections import Counter
from datetime import UTC, datetime, timedelta

from tests.acceptance.faults import walls
from tests.acceptance.faults.scenario import Scenario
from tests.acceptance.faults.site import FaultSite, every, soon
from tests.support.eventually import eventually

HALF_DAY = timedelta(hours=12)
STEP = timedelta(minutes=30)
# Each case: a zone, the moment its clocks change, and the expressions. Time stands where the test
# puts it.
PLAN_THROUGH = """
import json
from datetime import datetime, timedelta
import time_machine
from jobs.models import Job
from jobs.scheduler.planner import plan_due
for case in json.loads(%r):
    start, end = map(datetime.fromisoformat, (case["start"], case["end"]))
    with time_machine.travel(start - timedelta(minutes=1), tick=False):
        for expression, name in case["jobs"]:
            Job.objects.create(
                name=name, task="FaultNote", schedule=expression, timezone=case["zone"],
                starts_at=start, ends_at=end, misfire_policy="all",
            )
    now = start
    while now <= end + timedelta(minutes=1):
        with time_machine.travel(now, tick=False):
            while plan_due(now=now):
                pass
        now += timedelta(minutes=%d)
"""
SKEW = (
    "CREATE SCHEMA fault",
    "CREATE TABLE fault.skew (seconds double precision)",
    "INSERT INTO fault.skew VALUES (0)",
    *(
        f"CREATE FUNCTION fault.{clock}() RETURNS timestamptz LANGUAGE sql AS 'SELECT "
        f"pg_catalog.{clock}()"
        " + (SELECT seconds FROM fault.skew) * interval ''1 second'''"
        for clock in ("clock_timestamp", "statement_timestamp", "transaction_timestamp", "now")
    ),
)


def test_19_where_clocks_change_no_occurrence_is_missing_or_extra(scenario: Scenario) -> None:
    with scenario.site() as site:
        cases = []
        expected: dict[str, list[datetime]] = {}
        for zone in walls.ZONES:
            for change in walls.changes(zone, 2027):
                start, end = change - HALF_DAY, change + HALF_DAY
                jobs = [
                    (expression, f"{zone} {change:%m-%d} {expression}")
                    for expression in walls.EXPRESSIONS
                ]
                cases.append(
                    {"zone": zone, "start": start.isoformat(), "end": end.isoformat(), "jobs": jobs}
                )
                expected |= {name: walls.due(text, zone, start, end) for text, name in jobs}
        site.python(PLAN_THROUGH % (json.dumps(cases), STEP.total_seconds() // 60), seconds=120)
        planned = Counter((run["job_name"], run["scheduled_for"]) for run in site.runs())
        wanted = Counter((name, moment) for name, moments in expected.items() for moment in moments)
        scenario.exactly("jobs", len(expected), 4 * 2 * 12)
        scenario.figure("occurrences", wanted.total())
        scenario.exactly("missing", (wanted - planned).total(), 0)
        scenario.exactly("extra", (planned - wanted).total(), 0)


def test_20_a_clock_that_jumps_an_hour_loses_nothing_and_runs_nothing_twice(
    scenario: Scenario,
) -> None:
    for direction in (1, -1):
        with scenario.site() as site:
            _give_a_clock_of_its_own(site)
            site.worker("--concurrency=2")
            scheduler = site.scheduler()
            start = soon(6)
            end = start + timedelta(seconds=14)
            names = [f"job-{number}" for number in range(10)]
            often = {
                "schedule": "*/2 * * * * *",
                "starts_at": start,
                "ends_at": end,
                "misfire_policy": "all",
            }
            long = {"name": "long", "schedule": start.isoformat(), "params": {"seconds": 10}}
            site.create([*({"name": name, **often} for name in names), long])
            _wait_until(start + timedelta(seconds=scenario.dice.uniform(1, 6)))
            site.execute("UPDATE fault.skew SET seconds = %s", 3600 * direction)
            time.sleep(4)
            scenario.exactly(
                f"{direction:+d} h: jumps logged", scheduler.log().count("clock jumped"), 1
            )
            if direction < 0:  # what was due waits for the clock to come back
                site.execute("UPDATE fault.skew SET seconds = 0")
            moments = every(2, start, end)
            site.settle(10 * len(moments) + 1, seconds=40)
            scenario.check(site, dict.fromkeys(names, moments) | {"long": [start]})


def test_32_a_clock_that_jumps_ahead_makes_nothing_early_and_silences_nothing_when_it_is_back(
    scenario: Scenario,
) -> None:
    hold = 6.0
    with scenario.site(tuning={"leader_lease_seconds": hold, "on_time_seconds": 1}) as site:
        _give_a_clock_of_its_own(site)
        site.worker("--concurrency=2")
        schedulers = [site.scheduler(), site.scheduler()]
        start = soon(6)
        end = start + timedelta(seconds=30)
        names = [f"job-{number}" for number in range(5)]
        often = {"schedule": "*/2 * * * * *", "misfire_policy": "all"}
        site.create({"name": name, "starts_at": start, "ends_at": end, **often} for name in names)
        _wait_until(start + timedelta(seconds=scenario.dice.uniform(1, 4)))
        site.execute("UPDATE fault.skew SET seconds = 3600")
        time.sleep(hold / 2)
        site.execute("UPDATE fault.skew SET seconds = 0")
        moments = every(2, start, end)
        site.settle(5 * len(moments), seconds=60)
        scenario.exactly("shorter than a leader lease: begun early", len(_early(site)), 0)
        alerts = "SELECT 1 AS one FROM beatwright_alert WHERE kind = 'clock'"
        eventually(lambda: len(site.query(alerts)) == 1, seconds=20)
        scenario.check(site, dict.fromkeys(names, moments))
        # For good, that is until it is believed: what is an hour ahead is caught up with, or
        # skipped as missed.
        site.create([{"name": "minutely", "schedule": "*/5 * * * * *", "misfire_policy": "skip"}])
        site.execute("UPDATE fault.skew SET seconds = 3600")
        eventually(
            lambda: any("clock stays where it is" in one.log() for one in schedulers), seconds=30
        )
        eventually(
            lambda: [run for run in site.runs("minutely") if run["skipped_count"] > 1], seconds=30
        )
        site.execute("UPDATE fault.skew SET seconds = 0")
        back = datetime.now(UTC)
        begun = eventually(
            lambda: [
                one for one in site.journals.entries("minutely") if one.started > back.timestamp()
            ],
            seconds=40,
        )
        silent = begun[0].started - back.timestamp()
        scenario.figure("after the step back: silent for", silent, at_most=30, unit="s")
        assert all(one.is_running for one in schedulers)


def _early(site: FaultSite) -> list[str]:
    """The runs that began before the moment they were scheduled for."""
    due = {str(run["id"]): run["scheduled_for"].timestamp() for run in site.runs()}
    return [entry.run for entry in site.journals.entries() if entry.started < due[entry.run]]


def _give_a_clock_of_its_own(site: FaultSite) -> None:
    """From the next connection on, PostgreSQL's clock functions add what ``fault.skew`` says."""
    for statement in SKEW:
        site.execute(statement)
    (row,) = site.query("SELECT current_database() AS name")
    site.execute(f'ALTER DATABASE "{row["name"]}" SET search_path = fault, pg_catalog, public')


def _wait_until(moment: datetime) -> None:
    time.sleep(max(0.0, (moment - datetime.now(UTC)).total_seconds()))
