"""The whole: schedulers, workers, broker, database, people, as a plan wants them, from the first
second to the last.
"""

from __future__ import annotations

import gc
import itertools
import logging
import random
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import partial
from unittest import mock

from django.conf import settings
from django.test import override_settings
from django.utils import timezone

from jobs.dispatch.brokers.choice import App
from jobs.dispatch.brokers.gate import gate
from jobs.execution.supervision import predecessors
from jobs.models import Job, Pool, ids
from jobs.scheduler import planner
from jobs.scheduler.set_aside import SetAside
from tests.simulation import invariants
from tests.simulation.bodies import KINDS, POOL, POOL_SLOTS, Ledger
from tests.simulation.broker import Server, SimulatedBroker
from tests.simulation.database import Database, database
from tests.simulation.faults import Faults
from tests.simulation.links import Links
from tests.simulation.operators import Operators
from tests.simulation.plan import CALM_SECONDS, FAULTY_SECONDS, Plan
from tests.simulation.scheduler import Scheduler
from tests.simulation.worker import Worker
from tests.simulation.world import Kept, World

# The core's own numbers, but for looks that mostly find nothing: these cost time and hardly ever
# decide anything.
NUMBERS = {"max_sleep_seconds": 3.0, "unblock_seconds": 5.0, "supervise_seconds": 1.5}
KEPT = (Kept(gate, "is_doubtful", lambda: False), Kept(planner, "aside", SetAside))


@dataclass
class Result:
    """What came of a plan: each violation in a sentence, and a line for all that happened."""

    plan: Plan
    broken: list[str]
    history: list[str]
    steps: int
    runs: int = 0


@dataclass
class System:
    """One world with all that is in it."""

    plan: Plan
    database: Database
    world: World
    ledger: Ledger = field(default_factory=Ledger)
    lost_at: dict[tuple[str, int], float] = field(default_factory=dict)
    was_locked: set[str] = field(default_factory=set)
    left_running: dict[str, list[float]] = field(default_factory=dict)
    clock_jumped: bool = False

    def __post_init__(self) -> None:
        self.server = Server(self.world)
        self.schedulers = {
            name: Scheduler(self.world, name)
            for name in _numbered("scheduler", self.plan.schedulers)
        }
        self.workers = {
            name: Worker(self.world, self.server, self.ledger, name, self.plan.children)
            for name in _numbered("worker", self.plan.workers)
        }
        self.operators = Operators(self)
        self.names: dict[str, str] = {}
        self.database.moved = self._moved

    def links(self, site: str) -> Links:
        scheduler = self.schedulers.get(site)
        return scheduler.links if scheduler else self.workers[site].links

    def set_up(self) -> None:
        """The jobs, as somebody has written them a moment ago."""
        now = timezone.now()
        Pool.objects.create(name=POOL, slots=POOL_SLOTS, created_at=now, updated_at=now)
        for name in self.plan.jobs:
            kind = KINDS[name]
            Job.objects.create(
                name=name, task="EchoTask", schedule=f"@every {kind.every}s", **kind.fields
            )

    def run(self) -> None:
        faults = Faults(self)
        for start in self._starts():
            self.world.call_at(self.world.now, start)
        for fault in self.plan.faults:
            faults.arm(fault)
        self.world.run(FAULTY_SECONDS)
        self._calm()
        self.world.run(FAULTY_SECONDS + CALM_SECONDS)

    def _starts(self) -> Iterator[Callable[[], None]]:
        for scheduler in self.schedulers.values():
            yield scheduler.start
        for worker in self.workers.values():
            yield worker.start

    def _calm(self) -> None:
        """Whatever is broken is mended; what the faults have left behind is the core's to put
        right.
        """
        self.world.note("CALM")
        self.world.watchers.clear()
        self.database.locked.clear()
        self.database.jump = self.database.is_down_until = 0.0
        for site in (*self.schedulers, *self.workers):
            self.links(site).mend()

    def _moved(self, run: str, was: str, became: str, why: str) -> None:
        name = self.names.get(run) or self._name(run)
        if became == "lost":
            self.lost_at[run, int(why)] = self.world.now
        if was == "running":
            self.left_running.setdefault(run, []).append(self.world.now)
        self.world.note(f"{name} {f'{was} -> ' if was else ''}{became}{f' ({why})' if why else ''}")

    def _name(self, run: str) -> str:
        cursor = self.database.connection.execute(
            "SELECT j.name, r.occurrence_key FROM beatwright_run r"
            " JOIN beatwright_job j ON j.id = r.job_id WHERE r.id = ?",
            [run],
        )
        job, key = cursor.fetchone() or ("?", run)
        self.names[run] = f"{job}/{key[-9:] if key.startswith('s:') else key[:12]}"
        return self.names[run]


def _numbered(what: str, most: int) -> list[str]:
    return [f"{what}-{number}" for number in range(1, most + 1)]


def simulate(plan: Plan) -> Result:
    """Let the plan happen, and judge it."""
    with played(plan) as system:
        broken = list(invariants.broken(system))
        world = system.world
        return Result(plan, broken, world.history, world.steps, len(system.names))


@contextmanager
def played(plan: Plan) -> Iterator[System]:
    """The plan's world after its last second, its database still there to be read."""
    world = World(plan.seed)
    world.kept = KEPT
    with _made_up(world), database(world) as made:
        system = System(plan, made, world)
        with (
            mock.patch.object(
                App,
                "broker_cls",
                staticmethod(lambda app: SimulatedBroker(app, system.server)),
                create=True,
            ),
            mock.patch.object(predecessors, "is_gone", partial(_is_gone, system)),
        ):
            system.set_up()
            system.run()
            world.end()
            yield system


def _is_gone(system: System, identity: str) -> bool:
    """As the kernel tells it: whether a process of this boot is no more; of another boot it cannot
    say.
    """
    for worker in system.workers.values():
        if identity.startswith(f"boot-{worker.boots}-{worker.host} "):
            life = worker.life
            return life is None or life.is_over or life.identity != identity
    return False


@contextmanager
def _made_up(world: World) -> Iterator[None]:
    """Time, chance and identifiers come from the world; nobody else listens to the logs
    meanwhile.
    """
    numbers = itertools.count(1)
    state = random.getstate()

    def new_id() -> uuid.UUID:
        # As in real ones: some queries find rows by when their ids were made.
        moment = int(time.time() * 1000)
        return uuid.UUID(int=(moment << 80) | (7 << 76) | (2 << 62) | next(numbers))

    with ExitStack() as stack:
        random.seed(world.seed)
        stack.callback(random.setstate, state)
        # greenlets by the dozen make each look for garbage long, and a world is soon over
        gc.disable()
        stack.callback(gc.enable)
        stack.enter_context(override_settings(BEATWRIGHT={**settings.BEATWRIGHT, **NUMBERS}))
        stack.enter_context(world.clock.ruling(world.sleep))
        stack.enter_context(mock.patch.object(ids, "uuid7", new_id))
        stack.enter_context(mock.patch.object(uuid, "uuid4", new_id))
        stack.enter_context(_logs_in_history(world))
        yield


@contextmanager
def _logs_in_history(world: World) -> Iterator[None]:
    logger, handler = logging.getLogger("jobs"), Listening(world)
    level, propagate = logger.level, logger.propagate
    logger.addHandler(handler)
    logger.setLevel(logging.WARNING)
    logger.propagate = False
    try:
        yield
    finally:
        logger.removeHandler(handler)
        logger.setLevel(level)
        logger.propagate = propagate


class Listening(logging.Handler):
    """Writes what the core logs into the history; an error of the code itself is a violation."""

    def __init__(self, world: World) -> None:
        super().__init__()
        self.world = world

    def emit(self, record: logging.LogRecord) -> None:
        self.world.note(f"LOG {record.getMessage()}")
        if record.exc_info and not isinstance(record.exc_info[1], invariants.EXPECTED):
            self.world.errors.append(f"{record.getMessage()}: {record.exc_info[1]!r}")
