"""No-op runs a second, from the queue to their stored end, of one worker and of Celery's own.

``bin/bench throughput [--runs 4000] [--rounds 3] [--processes 2] [--beside CHECKOUT] [--small]``

All messages are in Redis before the worker starts; its speed is that between a tenth and nine
tenths of them done, as the database shows it from outside (PostgreSQL with fsync on; events are on
everywhere). The contenders take turns, round by round. Beside that stands what a run costs in
processor time, which other work on the machine blurs less.
"""

from __future__ import annotations

import argparse
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil

from tests.benchmarks.harness.contender import OURS
from tests.benchmarks.harness.progress import tell
from tests.benchmarks.harness.report import publish, table
from tests.benchmarks.harness.servers import Servers
from tests.benchmarks.harness.statistics import Series
from tests.benchmarks.harness.workers import PEERS, Ours, Worker
from tests.support.processes import Process

LOOK_SECONDS = 0.1
FIRST, LAST = 0.1, 0.9  # shares of the runs between which time counts
HEAD = (
    "worker",
    "runs/s",
    "ours is",
    "ms of processor a run",
    "of it worker",
    "PostgreSQL",
    "Redis",
    "keeps",
)
Cost = tuple[float, float, float]


@dataclass
class Measured:
    """One contender's rounds: runs a second; milliseconds a run of worker, PostgreSQL, Redis."""

    rates: list[float] = field(default_factory=list)
    costs: list[Cost] = field(default_factory=list)


@dataclass(frozen=True)
class Look:
    """At one moment: what is done, and the processor seconds that were used for it."""

    at: float
    done: int
    used: Cost


def main() -> None:
    options = _options()
    with Servers() as servers:
        contenders: list[Worker] = [Ours(servers)]
        if options.beside:
            contenders.append(
                Ours(servers, f"{OURS} in {options.beside}", options.beside.absolute())
            )
        contenders += [peer(servers) for peer in PEERS]
        results = {one.name: Measured() for one in contenders}
        for number in range(options.rounds):
            for one in contenders:
                tell(f"round {number + 1}: {one.name}")
                _measure(one, servers, options, results[one.name])
        _report(options, contenders, results, servers)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bin/bench throughput")
    parser.add_argument("--runs", type=int, default=4_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--processes", type=int, default=2, help="pool children of the worker")
    parser.add_argument(
        "--limit", type=float, default=240.0, help="seconds after which a round is given up"
    )
    parser.add_argument(
        "--beside", type=Path, help="another checkout of ours, as one more contender"
    )
    parser.add_argument("--small", action="store_true", help="one short round: does it work")
    options = parser.parse_args()
    if options.small:
        options.runs, options.rounds = 300, 1
    return options


def _measure(
    one: Worker, servers: Servers, options: argparse.Namespace, measured: Measured
) -> None:
    try:
        one.fill(options.runs)
        worker = one.start(options.processes)
        first = _when_done(one, servers, worker, options.runs * FIRST, options.limit)
        last = _when_done(one, servers, worker, options.runs * LAST, options.limit)
        done = last.done - first.done
        measured.rates.append(done / (last.at - first.at))
        worker_ms, postgres_ms, redis_ms = (
            (after - before) * 1000 / done
            for before, after in zip(first.used, last.used, strict=True)
        )
        measured.costs.append((worker_ms, postgres_ms, redis_ms))
    finally:
        one.clean()


def _when_done(one: Worker, servers: Servers, worker: Process, number: float, limit: float) -> Look:
    """As soon as so many are; raises RuntimeError where that does not come to pass."""
    until = time.monotonic() + limit
    while worker.is_running and time.monotonic() < until:
        if (done := one.done()) >= number:
            return Look(time.monotonic(), done, _used(servers, worker))
        time.sleep(LOOK_SECONDS)
    raise RuntimeError(
        f"{one.name}: {one.done()} of {number:g} after {limit:g} s:\n{worker.log()[-4000:]}"
    )


def _used(servers: Servers, worker: Process) -> Cost:
    return (
        _seconds(worker.members()),
        _seconds(servers.postgres_pids()),
        _seconds(servers.redis_pids()),
    )


def _seconds(pids: list[int]) -> float:
    """The processor seconds of those that live, and of the children that they have seen die."""
    total = 0.0
    for pid in pids:
        try:
            times = psutil.Process(pid).cpu_times()
        except psutil.NoSuchProcess:
            continue
        total += times.user + times.system + times.children_user + times.children_system
    return total


def _report(
    options: argparse.Namespace,
    contenders: list[Worker],
    results: dict[str, Measured],
    servers: Servers,
) -> None:
    ours = Series(tuple(results[OURS].rates))
    rows = [_row(one, results[one.name], ours) for one in contenders]
    settings: dict[str, Any] = {
        "runs": options.runs,
        "rounds": options.rounds,
        "pool children": options.processes,
        "fsync": "on",
        **servers.version(),
    }
    settings |= {f"{one.name} with": one.versions() for one in contenders if one.versions()}
    publish(
        "throughput",
        table(HEAD, rows),
        settings,
        {name: vars(one) for name, one in results.items()},
    )


def _row(one: Worker, measured: Measured, ours: Series) -> tuple[str, ...]:
    rates = Series(tuple(measured.rates))
    parts = [Series(values).median for values in zip(*measured.costs, strict=True)]
    ratio = "" if one.name == OURS else f"{ours.times(rates):.2f} ×"
    return (
        one.name,
        rates.shown(),
        ratio,
        f"{sum(parts):.2f}",
        *(f"{part:.2f}" for part in parts),
        one.keeps,
    )


if __name__ == "__main__":
    main()
