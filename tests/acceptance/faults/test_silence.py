"""Scenarios 34 to 37: nothing breaks, and nothing answers. Every wait must end by itself."""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from tests.acceptance.faults.naps import send_all
from tests.acceptance.faults.scenario import Scenario
from tests.acceptance.faults.site import FaultSite, every, soon
from tests.support.eventually import eventually
from tests.support.postgres import PostgresServer
from tests.support.processes import PYTHON, Process
from tests.support.proxy import Proxy


def test_34_a_message_that_a_dead_or_frozen_worker_has_taken_is_published_again(
    scenario: Scenario,
) -> None:
    with scenario.site() as site:
        site.scheduler()
        killed, frozen = site.worker("--concurrency=2"), site.worker("--concurrency=2")
        # They take up messages, and begin nothing.
        send_all([*killed.pool(), *frozen.pool()], signal.SIGSTOP)
        due = soon(5)
        names = [f"job-{number}" for number in range(4)]
        policies = ["allow", "allow", "skip", "queue"]
        fields = zip(names, policies, strict=True)
        site.create(
            {"name": name, "schedule": due.isoformat(), "overlap_policy": policy}
            for name, policy in fields
        )
        eventually(lambda: _taken(site) == 4, seconds=30)
        killed.kill_all()
        with site.frozen([frozen.pid]):
            site.worker("--concurrency=2")
            site.settle(4, seconds=60)
            scenario.figure(
                "done", site.count("succeeded"), unit="of 4, with one killed and one frozen"
            )
        scenario.check(site, {name: [due] for name in names}, exclusive=("job-2", "job-3"))


def _taken(site: FaultSite) -> int:
    with site.redis.client() as client:
        return int(client.hlen("unacked"))


def test_35_a_database_that_takes_statements_and_answers_none_is_given_up(
    scenario: Scenario, postgres_server: PostgresServer
) -> None:
    tuning = {"answer_seconds": 6, "child_answer_seconds": 4, "lease_seconds": 20}
    with _behind_proxy(scenario, postgres_server, tuning) as (site, proxy):
        schedulers = [site.scheduler() for _ in range(2)]
        worker = site.worker("--concurrency=4")
        start = soon(4)
        site.create(
            [
                {
                    "name": "each",
                    "schedule": "*/2 * * * * *",
                    "starts_at": start,
                    "params": {"seconds": 0.2},
                }
            ]
        )
        eventually(lambda: site.count("succeeded") >= 2, seconds=30)
        time.sleep(scenario.dice.uniform(0, 2))

        deaf_at = time.time()
        scenario.figure("connections cut", proxy.go_deaf())

        before = site.count("succeeded")
        eventually(lambda: site.count("succeeded") >= before + 5, seconds=60)
        scenario.figure("works again after", time.time() - deaf_at, at_most=30, unit="s")
        assert all(process.is_running for process in (*schedulers, worker))
        site.manage("job", "pause", "each")
        site.settle(before + 5, seconds=30)
        last = max(run["scheduled_for"] for run in site.runs())
        scenario.check(site, {"each": every(2, start, last)})


@contextmanager
def _behind_proxy(
    scenario: Scenario, server: PostgresServer, tuning: Mapping[str, float]
) -> Iterator[tuple[FaultSite, Proxy]]:
    """A site whose processes reach the database through a proxy; the test itself goes straight to
    it.
    """
    proxy = Proxy(Path(server.socket_dir) / ".s.PGSQL.5432")
    try:
        with scenario.site(postgres=server, tuning=tuning) as site:
            name = site.env["DATABASE_URL"].rpartition("/")[2]
            site.env["DATABASE_URL"] = f"postgresql://postgres@127.0.0.1:{proxy.port}/{name}"
            yield site, proxy
    finally:
        proxy.close()


def test_36_a_main_process_that_stands_still_alone_keeps_no_exclusive_body_running(
    scenario: Scenario,
) -> None:
    with scenario.site() as site:
        frozen = site.worker("--concurrency=2")
        site.scheduler()
        due = soon(5)
        site.create(
            [
                {
                    "name": "alone",
                    "schedule": due.isoformat(),
                    "params": {"seconds": 30},
                    "overlap_policy": "skip",
                }
            ]
        )
        first = eventually(site.journals.running, seconds=30)[0]
        time.sleep(scenario.dice.uniform(0, 1))

        send_all([frozen.pid], signal.SIGSTOP)
        frozen_at = time.time()
        eventually(lambda: first.pid not in frozen.members(), seconds=30)
        scenario.figure("body stopped after", time.time() - frozen_at, at_most=8, unit="s")
        site.worker("--concurrency=2")
        eventually(lambda: len(site.journals.entries("alone")) == 2, seconds=30)
        send_all([frozen.pid], signal.SIGCONT)

        site.settle(1, seconds=90)
        scenario.check(site, {"alone": [due]}, exclusive=("alone",))


def test_37_a_log_that_nobody_reads_stops_nobody(scenario: Scenario) -> None:
    with scenario.site() as site:
        scheduler = _unread(site, "beat", "--loglevel=DEBUG")
        worker = _unread(
            site, "worker", "--loglevel=DEBUG", "--concurrency=2", "--hostname=unread@test"
        )
        eventually(lambda: site.query("SELECT 1 FROM beatwright_worker"), seconds=60)
        start = soon(6)
        names = [f"job-{number}" for number in range(20)]
        site.create({"name": name, "schedule": "* * * * * *", "starts_at": start} for name in names)
        # Their lines alone fill a pipe twice.
        eventually(lambda: site.count("succeeded") >= 400, seconds=90)
        scenario.figure("runs done", site.count("succeeded"))
        assert scheduler.is_running
        assert worker.is_running


def _unread(site: FaultSite, *words: str) -> Process:
    """A Celery program whose output goes into a pipe from which nobody reads."""
    command = f'"{PYTHON}" -m celery -A scheduler_site "$@" 2>&1 | sleep 1000'
    return site.run_beside(["sh", "-c", command, "sh", *words], env={}, name=words[0])
