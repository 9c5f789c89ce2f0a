"""Scenarios 17 and 18: overlap and misfire, where many things happen at once and where nothing
happened for long.
"""

from __future__ import annotations

import time
from collections import Counter
from datetime import UTC, datetime, timedelta

from tests.acceptance.faults.scenario import Scenario
from tests.acceptance.faults.site import FaultSite, every
from tests.support.processes import BASE_DIR, PYTHON, SET_UP, Process

POLICIES = ("skip", "queue", "cancel_running")
TRIGGERS = 50
# Four processes share the 50 triggers of each job: number 0 takes the 1st, 5th, 9th …, each at its
# own moment.
TRIGGER = """
import sys, time
from django.utils.timezone import now
from jobs.actions.runs.run import run_now
from jobs.models import Job
from tests.support.builders import by
mine, start = int(sys.argv[1]), float(sys.argv[2])
jobs = list(Job.objects.all())
for number in range(mine, %d, 4):
    time.sleep(max(0, start + number / %d - time.time()))
    for job in jobs:
        run_now(job, actor=by("test"), now=now())
"""


def test_17_fifty_triggers_from_four_processes_never_overlap(scenario: Scenario) -> None:
    with scenario.site() as site:
        site.worker("--concurrency=4")
        site.scheduler()
        site.create(
            {
                "name": policy,
                "schedule": "@manual",
                "overlap_policy": policy,
                "params": {"seconds": 0.3},
            }
            for policy in POLICIES
        )
        start = time.time() + 5
        processes = [_trigger(site, number, start) for number in range(4)]
        most_waiting = 0
        while any(process.is_running for process in processes) or site.active():
            waiting = Counter(run["job_name"] for run in site.runs(state="blocked"))
            most_waiting = max([most_waiting, *waiting.values()])
            assert time.time() < start + 60
            time.sleep(0.02)
        assert [process.wait() for process in processes] == [0] * 4, processes[0].log()
        scenario.figure("waiting at most", most_waiting, at_most=1)
        for policy in POLICIES:
            states = Counter(run["state"] for run in site.runs(policy))
            scenario.exactly(f"{policy}: {_words(states)}, in all", sum(states.values()), TRIGGERS)
        scenario.check(site, {}, triggered=len(POLICIES) * TRIGGERS, exclusive=POLICIES)


def _trigger(site: FaultSite, number: int, start: float) -> Process:
    command = [PYTHON, "-c", SET_UP + TRIGGER % (TRIGGERS, TRIGGERS), str(number), str(start)]
    env = site.env | {"PYTHONPATH": str(BASE_DIR)}
    return site.run_beside(command, env=env, name=f"trigger-{number}")


def _words(states: Counter[str]) -> str:
    return " + ".join(f"{count} {state}" for state, count in sorted(states.items()))


def test_18_after_an_outage_each_policy_does_what_it_says_and_the_first_tick_is_short(
    scenario: Scenario,
) -> None:
    wanted = {"skip": 0, "latest": 1, "all": 50}
    with scenario.site() as site:
        missed = _missed(50)
        month = _missed(43_200)
        jobs = [
            {"name": policy, "misfire_policy": policy, "ends_at": missed[-1]} for policy in wanted
        ]
        site.create(
            [
                {"schedule": "* * * * *", **job}
                for job in [*jobs, {"name": "month", "ends_at": month[-1]}]
            ],
            allow_past=True,
        )
        for name in wanted:
            _pretend_planned_until(site, name, missed[0])
        _pretend_planned_until(site, "month", month[0])
        scenario.figure("CPU of the first tick", _tick_seconds(site), at_most=1, unit="s")
        site.worker()
        site.scheduler()
        site.settle(len(wanted), seconds=30)
        for policy, runs in wanted.items():
            done = [run for run in site.runs(policy) if run["state"] == "succeeded"]
            scenario.exactly(f"{policy} runs", len(done), runs)
        rows = site.runs("month")
        scenario.figure("rows for 43,200", len(rows), at_most=2)
        scenario.exactly("accounted", sum(row["skipped_count"] or 1 for row in rows), 43_200)
        scenario.check(site, dict.fromkeys(wanted, missed) | {"month": month})


def _missed(count: int) -> list[datetime]:
    """So many minutes in a row, the last of them three minutes ago."""
    end = datetime.now(UTC).replace(second=0, microsecond=0) - timedelta(minutes=3)
    return every(60, end - timedelta(minutes=count - 1), end)


def _pretend_planned_until(site: FaultSite, job: str, moment: datetime) -> None:
    """As if the last scheduler had stopped before ``moment``."""
    changed = site.execute(
        "UPDATE beatwright_jobstate SET next_run_at = %s"
        " WHERE job_id = (SELECT id FROM beatwright_job WHERE name = %s)",
        moment,
        job,
    )
    assert changed == 1


def _tick_seconds(site: FaultSite) -> float:
    """The CPU time of one turn of the scheduler's loop, in a process of its own: others' work is
    not in it.
    """
    said = site.python(
        "import time\n"
        "from jobs.scheduler.tick import Tick\n"
        "tick = Tick()\n"
        "began = time.process_time()\n"
        "tick.run_once()\n"
        "print(time.process_time() - began)\n"
    )
    return float(said.split()[-1])
