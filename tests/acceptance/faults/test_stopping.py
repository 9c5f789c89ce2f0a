"""Scenarios 21 and 22: cancel, and tidy ends of workers."""

from __future__ import annotations

import time

from tests.acceptance.faults.scenario import Scenario, seconds_between
from tests.acceptance.faults.site import FaultSite, soon
from tests.support.eventually import eventually

CANCEL = """
from django.utils.timezone import now
from jobs.actions.runs.cancel import cancel_run
from jobs.models import Run
from tests.support.builders import by
for run in Run.objects.filter(job__name=%r):
    cancel_run(run, actor=by("test"), now=now())
"""
RERUN = """
from django.utils.timezone import now
from jobs.actions.runs.run import rerun
from jobs.models import Run
from tests.support.builders import by
rerun(Run.objects.get(job__name=%r), actor=by("test"), now=now())
"""


def test_21_a_cancelled_run_ends_soon_and_is_never_retried(scenario: Scenario) -> None:
    with scenario.site() as site:
        site.scheduler()
        jobs = ("queued", "running", "orphaned")
        site.create(
            {"name": job, "schedule": "@manual", "max_retries": 3, "params": {"seconds": 60}}
            for job in jobs
        )
        site.manage("job", "run", "queued")
        site.python(CANCEL % "queued")
        scenario.figure(
            "queued: cancelled after", _cancelled_after(site, "queued"), at_most=3, unit="s"
        )
        worker = site.worker("--concurrency=2")
        site.manage("job", "run", "running")
        site.manage("job", "run", "orphaned")
        eventually(lambda: len(site.journals.running()) == 2, seconds=30)
        time.sleep(scenario.dice.uniform(0, 1))
        site.python(CANCEL % "running")
        scenario.figure(
            "running: cancelled after", _cancelled_after(site, "running"), at_most=3, unit="s"
        )
        worker.suspend()  # it cannot hear of the cancel before it dies
        site.python(CANCEL % "orphaned")
        worker.kill_all()
        bar = site.tuning["lease_seconds"] + site.tuning["lease_grace_seconds"] + 2
        scenario.figure(
            "worker dead: cancelled after",
            _cancelled_after(site, "orphaned"),
            at_most=bar,
            unit="s",
        )
        site.execute("UPDATE beatwright_run SET params = '{\"seconds\": 0.1}'")
        site.python(RERUN % "running")
        site.worker("--concurrency=2")
        site.settle(4, seconds=30)
        time.sleep(3)
        scenario.exactly("retried", sum(run["attempt"] > 1 for run in site.runs()), 0)
        scenario.exactly("the rerun's starts", len(site.journals.entries("running")) - 1, 1)
        scenario.exactly("cancelled", site.count("cancelled"), 3)
        scenario.check(site, {}, triggered=4)


def _cancelled_after(site: FaultSite, job: str) -> float:
    """From the moment the cancel was stored to the moment the run had that state."""

    (run,) = eventually(lambda: site.runs(job, state="cancelled"), seconds=20)
    return max(0.0, seconds_between(run["cancel_requested_at"], run["finished_at"]))


def test_22_stopping_and_replacing_workers_under_load_uses_no_counted_attempt(
    scenario: Scenario,
) -> None:
    grace = 1
    with scenario.site(env={"STOP_GRACE_SECONDS": str(grace)}) as site:
        workers = [site.worker("--concurrency=2"), site.worker("--concurrency=2")]
        site.scheduler()
        due = soon(6)
        seconds = {f"long-{number}": 12 for number in range(4)} | {
            f"short-{number}": 2.5 for number in range(16)
        }
        site.create(
            {
                "name": name,
                "schedule": due.isoformat(),
                "priority": int(length),
                "params": {"seconds": length},
            }
            for name, length in seconds.items()
        )
        eventually(lambda: len(site.journals.entries()) >= 4, seconds=30)
        for number, worker in enumerate(workers):
            time.sleep(scenario.dice.uniform(0.2, 1.5))
            began = time.time()
            scenario.exactly(f"worker {number + 1}: exit", worker.stop(seconds=30), 0)
            # What is not released would hold the stop up for its whole body.
            scenario.figure("after", time.time() - began, at_most=grace + 7, unit="s")
            workers[number] = site.worker("--concurrency=2")
        site.settle(len(seconds), seconds=80)
        scenario.figure("released", sum("released" in str(row["meta"]) for row in site.attempts()))
        counted = sum(run["failures"] + run["losses"] for run in site.runs())
        scenario.exactly("counted attempts used", counted, 0)
        scenario.check(site, {name: [due] for name in seconds})
