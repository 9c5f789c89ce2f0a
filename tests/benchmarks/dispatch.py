"""Many jobs due in one second: from the second to the last message in Redis, compared with other
dispatchers.

``bin/bench dispatch [--jobs 10000] [--rounds 3] [--peers 3] [--beside CHECKOUT] [--small]``

Every dispatcher has the same jobs, each a task without arguments, due at the same moment, and the
same Redis and PostgreSQL (fsync on). They take turns, round by round. A process of its own looks at
the queue's lists every 2 ms; for ours it counts the committed runs as well. Who is not done after
``--limit`` seconds is measured by what is there.
"""

from __future__ import annotations

import argparse
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.benchmarks.harness.contender import OURS, WINDOW
from tests.benchmarks.harness.progress import tell
from tests.benchmarks.harness.report import publish, table
from tests.benchmarks.harness.schedulers import PEERS, Dispatcher, Ours
from tests.benchmarks.harness.servers import Servers
from tests.benchmarks.harness.statistics import Series
from tests.benchmarks.harness.watcher import Lookout, Seen
from tests.support.processes import PYTHON, clean_environment

START_SECONDS = 12.0
HEAD = (
    "dispatcher",
    "messages/s",
    "first message after",
    "all there",
    "ours is",
    "keeps its state in",
)


@dataclass
class Measured:
    """What the rounds of one dispatcher gave."""

    rates: list[float] = field(default_factory=list)
    firsts: list[float] = field(default_factory=list)
    counts: list[int] = field(default_factory=list)

    def add(self, seen: Seen, due: float) -> None:
        self.rates.append(seen.rate(due))
        self.firsts.append(seen.first_after(due))
        self.counts.append(seen.count)


def main() -> None:
    options = _options()
    with Servers() as servers:
        dispatchers: list[Dispatcher] = [Ours(servers)]
        if options.beside:
            dispatchers.append(
                Ours(servers, f"{OURS}, the other checkout", options.beside.absolute())
            )
        dispatchers += [peer(servers) for peer in PEERS[: options.peers]]
        results = {dispatcher.name: Measured() for dispatcher in dispatchers}
        for number in range(options.rounds):
            for dispatcher in dispatchers:
                _round(servers, dispatcher, options, results[dispatcher.name])
                measured = results[dispatcher.name]
                tell(f"round {number + 1}: {dispatcher.name}: {measured.rates[-1]:,.0f} messages/s")
        _report(options, dispatchers, results, servers)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bin/bench dispatch")
    parser.add_argument("--jobs", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument(
        "--limit", type=float, default=60.0, help="seconds for one dispatcher and round"
    )
    parser.add_argument("--small", action="store_true", help="1,000 jobs, one round, 5 s at most")
    parser.add_argument("--peers", type=int, help="how many of them; 0: ours alone")
    parser.add_argument(
        "--beside", type=Path, help="another checkout of ours, with the same tables"
    )
    options = parser.parse_args()
    if options.small:
        options.jobs, options.rounds, options.limit = 1_000, 1, 5.0
    if options.peers is None:
        options.peers = 2 if options.small else len(PEERS)
    return options


def _round(
    servers: Servers, dispatcher: Dispatcher, options: argparse.Namespace, measured: Measured
) -> None:
    due = float(int(time.time() + START_SECONDS + 5 + dispatcher.lead * options.jobs))
    try:
        dispatcher.fill(options.jobs, due)
        if time.time() > due - START_SECONDS:
            raise RuntimeError(
                f"{dispatcher.name}: filling took too long for the moment at which its jobs are due"
            )
        process = dispatcher.start()
        seen = _watched(
            servers, dispatcher, Lookout(servers.redis.port, options.jobs, due, options.limit)
        )
        if not seen.arrivals:
            raise RuntimeError(f"{dispatcher.name} sent nothing:\n{process.log()[-4000:]}")
        if early := [at for at, _ in seen.arrivals if at < due]:
            raise RuntimeError(
                f"{dispatcher.name} sent messages {due - early[0]:.1f} s before they were due"
            )
        if seen.without_a_row() > 0:
            raise RuntimeError(
                f"{seen.without_a_row()} messages were there before their runs were committed"
            )
        measured.add(seen, due)
    finally:
        dispatcher.clean()


def _watched(servers: Servers, dispatcher: Dispatcher, what: Lookout) -> Seen:
    if isinstance(dispatcher, Ours):
        what = Lookout(
            what.port, what.goal, what.due, what.limit, dsn=servers.url(dispatcher.database)
        )
    command = [PYTHON, "-m", "tests.benchmarks.harness.watcher", what.text()]
    seconds = max(1.0, what.due - time.time()) + what.limit + 60
    return Seen.read(servers.run(command, clean_environment(), "watcher", seconds=seconds))


def _report(
    options: argparse.Namespace,
    dispatchers: list[Dispatcher],
    results: dict[str, Measured],
    servers: Servers,
) -> None:
    ours = Series(tuple(results[OURS].rates))
    rows = [
        _row(dispatcher, results[dispatcher.name], ours, options.jobs) for dispatcher in dispatchers
    ]
    settings: dict[str, Any] = {
        "jobs due in one second": options.jobs,
        "rounds": options.rounds,
        "limit": f"{options.limit:g} s",
        "PUBLISH_WINDOW": WINDOW,
        "fsync": "on",
        **servers.version(),
    }
    settings |= {f"{one.name} with": one.versions() for one in dispatchers if one.versions()}
    told = {name: vars(measured) for name, measured in results.items()}
    publish("dispatch", table(HEAD, rows), settings, told)


def _row(dispatcher: Dispatcher, measured: Measured, ours: Series, jobs: int) -> tuple[str, ...]:
    rates = Series(tuple(measured.rates))
    firsts = Series(tuple(first * 1000 for first in measured.firsts))
    there = (
        "yes"
        if min(measured.counts) >= jobs
        else f"{min(measured.counts):,} of {jobs:,} at the limit"
    )
    ratio = "" if dispatcher.name == OURS else f"{ours.times(rates):,.1f} ×"
    return dispatcher.name, rates.shown(), f"{firsts.shown()} ms", there, ratio, dispatcher.keeps


if __name__ == "__main__":
    main()
