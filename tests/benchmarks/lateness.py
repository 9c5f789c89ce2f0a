"""A steady load on one scheduler: how long after its second each message is in Redis, and what that
costs.

``bin/bench lateness [--jobs 1000] [--seconds 60] [--beside CHECKOUT] [--small]``

So many jobs are due in every second, each once a minute. The lists are looked at every 2 ms from a
process of its own; as the order of seconds is kept, the n-th message belongs to the n-th due
moment. The first second is left out: in it a scheduler meets its jobs for the first time.
"""

from __future__ import annotations

import argparse
import time
from dataclasses import dataclass
from pathlib import Path

import psutil

from tests.benchmarks.harness.contender import OURS, WINDOW
from tests.benchmarks.harness.progress import tell
from tests.benchmarks.harness.report import publish, table
from tests.benchmarks.harness.schedulers import Ours
from tests.benchmarks.harness.servers import Servers
from tests.benchmarks.harness.statistics import percentile
from tests.benchmarks.harness.watcher import Lookout, Seen
from tests.support.processes import PYTHON, clean_environment

MINUTE = 60
START_SECONDS = 12.0
HEAD = ("", "messages", "p50", "p99", "latest", "cores")


@dataclass(frozen=True)
class Lateness:
    """Lateness in milliseconds; ``cores`` is the scheduler's processor time a second."""

    messages: int
    p50: float
    p99: float
    latest: float
    cores: float


def main() -> None:
    options = _options()
    with Servers() as servers:
        contenders = [Ours(servers)]
        if options.beside:
            contenders.append(
                Ours(servers, f"{OURS}, the other checkout", options.beside.absolute())
            )
        found = {
            each.name: _measured(servers, each, options.jobs, options.seconds)
            for each in contenders
        }
        rows = [
            (name, f"{one.messages:,}", f"{one.p50:,.0f} ms", f"{one.p99:,.0f} ms",
             f"{one.latest:,.0f} ms",
             f"{one.cores:.2f}")
            for name, one in found.items()
        ]  # fmt: skip
        settings = {
            "jobs due in each second": options.jobs,
            "seconds": options.seconds,
            "PUBLISH_WINDOW": WINDOW,
        }
        results = {name: vars(one) for name, one in found.items()}
        publish(
            "lateness", table(HEAD, rows), settings | {"fsync": "on", **servers.version()}, results
        )


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bin/bench lateness")
    parser.add_argument("--jobs", type=int, default=1000, help="due in each second")
    parser.add_argument(
        "--seconds", type=int, default=60, help="at most a minute: then the same jobs are due again"
    )
    parser.add_argument(
        "--beside", type=Path, help="another checkout of ours, with the same tables"
    )
    parser.add_argument("--small", action="store_true", help="200 jobs a second for 10 seconds")
    options = parser.parse_args()
    if options.small:
        options.jobs, options.seconds = 200, 10
    return options


def _measured(servers: Servers, ours: Ours, jobs: int, seconds: int) -> Lateness:
    number = jobs * seconds
    due = float(int(time.time() + START_SECONDS + 5 + ours.lead * number))
    try:
        ours.fill(number, due, every=MINUTE, spread=seconds)
        scheduler = psutil.Process(ours.start().pid)
        time.sleep(max(0.0, due - 1 - time.time()))
        began, before = time.time(), sum(scheduler.cpu_times()[:2])
        watch = Lookout(
            servers.redis.port, number, due, seconds + 30.0, dsn=servers.url(ours.database)
        )
        command = [PYTHON, "-m", "tests.benchmarks.harness.watcher", watch.text()]
        seen = Seen.read(
            servers.run(
                command, clean_environment(), "watcher", seconds=START_SECONDS + seconds + 120
            )
        )
        cores = (sum(scheduler.cpu_times()[:2]) - before) / (time.time() - began)
    finally:
        ours.clean()
    if seen.count < number or seen.without_a_row() > 0:
        raise RuntimeError(
            f"{seen.count:,} of {number:,} messages, {seen.without_a_row()} without a committed run"
        )
    late = list(_lateness(seen, due, jobs))[jobs:]
    tell(f"{ours.name}: p99 {percentile(late, 0.99):,.0f} ms")
    return Lateness(number, percentile(late, 0.5), percentile(late, 0.99), max(late), cores)


def _lateness(seen: Seen, due: float, jobs: int) -> list[float]:
    """Of each message, in milliseconds."""
    late: list[float] = []
    for at, total in seen.arrivals:
        late += [1000 * (at - due - n // jobs) for n in range(len(late), total)]
    return late


if __name__ == "__main__":
    main()
