"""A worker: the main process with its event loop, threads and pool, and the sidecar beside it.

Only what Celery, the kernel and shared memory do is made up here. What is decided (whether a run is
another's, a body must end, a main process is silent) and what is written is decided and written by
the core's functions.
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Iterator
from functools import partial
from types import SimpleNamespace

from jobs import conf
from jobs.dispatch.brokers.amqp import message_keys
from jobs.dispatch.brokers.broker import BROKER_ERRORS
from jobs.execution.consumer.entrance import Entrance
from jobs.execution.outcome import outcomes
from jobs.execution.slots import Slot
from jobs.execution.supervision.leases import Leases
from jobs.execution.worker import registration
from jobs.lifecycle.connections import TRANSIENT
from jobs.lifecycle.message import Message
from jobs.lifecycle.outcome import Outcome
from tests.simulation.bodies import Ledger
from tests.simulation.broker import Server
from tests.simulation.child import Child, Work, message_of
from tests.simulation.links import Links
from tests.simulation.supervision import OutcomeWriter, Sidecar, Supervision, Supervisor, take_away
from tests.simulation.world import Process, Program, World

FIRST_PID = 10_000_000  # no process of this machine can have it
LOOK_SECONDS = (0.05, 0.3)
LOST_WORKER_SECONDS = (
    10.0  # billiard's: how late Celery gives up the task of a pool child that died
)
QUEUES = ("default",)
Handed = tuple[Message, Outcome]


class Worker:
    """A host with its worker; ``spool`` is its disk, ``boots`` how often the host was started."""

    def __init__(
        self, world: World, server: Server, ledger: Ledger, name: str, children: int
    ) -> None:
        self.world, self.server, self.ledger, self.name = world, server, ledger, name
        self.links, self.host, self.size = Links(name), f"host-of-{name}", children
        self.spool: list[Handed] = []
        self.entrance = Entrance(message_keys(), ())
        self.boots = 1
        self.life: Life | None = None
        self.pids = itertools.count(FIRST_PID + 1_000 * sum(name.encode()))
        self.disturbed: list[tuple[float, float]] = []

    def start(self) -> None:
        if self.life is None or self.life.is_over:
            self.world.note(f"{self.name} starts")
            self.life = Life(self)


class Life:
    """One life of a worker, from its start to its end."""

    def __init__(self, worker: Worker) -> None:
        self.worker, self.pid = worker, next(worker.pids)
        self.identity = f"boot-{worker.boots}-{worker.host} pids {self.pid} {worker.world.now:.3f}"
        self.reserved: list[Work] = []  # a double of a message is one more
        self.active: list[Work] = []
        self.heard: list[tuple[str, Work, float]] = []
        self.stops = self.is_over = False
        self.board = Board(self)
        self.leases: Leases | None = None
        program = Program(
            worker.name, worker.links, answer_seconds=conf.get().lease_timeout_seconds + 1
        )
        self.outcome_writer = OutcomeWriter(self)
        self.children = [Child(self, next(worker.pids)) for _ in range(worker.size)]
        parts = {
            "loop": self._loop,
            "heartbeat": Supervision(self).run,
            "supervisor": Supervisor(self).run,
        }
        self.main = [
            worker.world.spawn(f"{worker.name}.{name}", run, program) for name, run in parts.items()
        ]
        self.main.append(self.outcome_writer.begin(program))
        self.sidecar = worker.world.spawn(
            f"{worker.name}.sidecar", Sidecar(self).run, _sidecar(worker)
        )

    @property
    def is_main_dead(self) -> bool:
        return self.main[0].is_dead

    def in_hand(self) -> list[Message]:
        return [work.message for work in self.reserved]

    def everybody(self) -> list[Process]:
        return [*self.main, self.sidecar]

    def kill_main(self) -> None:
        """The kernel ends the pool children with it; the sidecar goes on to clean up."""
        for process in self.main:
            process.kill()
        for child in self.children:
            child.kill()
        self.is_over = True

    def kill(self) -> None:
        self.kill_main()
        self.sidecar.kill()

    def stop(self, then: Callable[[], None]) -> None:
        """Warm: nothing new is taken, what runs has the grace time; ``then`` is called when all is
        over.
        """
        self.stops = True
        program = self.main[0].program
        self.main.append(
            self.worker.world.spawn(f"{program.name}.stop", partial(self._drain, then), program)
        )

    def _drain(self, then: Callable[[], None]) -> None:
        grace_until = time.monotonic() + conf.get().stop_grace_seconds
        while self.reserved or self.outcome_writer.handed:
            time.sleep(0.5)
            for work in list(self.active) if time.monotonic() >= grace_until else ():
                take_away(self, work, outcomes.release())
        try:
            registration.note_end(self.worker.name, self.identity)
        except TRANSIENT:
            self.worker.world.note("says no goodbye")
        self.kill()
        then()

    # The event loop.

    def _loop(self) -> None:
        (me,) = self.main[:1]
        hold_at = 0.0
        while True:
            time.sleep(me.dice.uniform(*LOOK_SECONDS))
            self.board.main.loop_at = time.monotonic()
            try:
                self._hear(me)
                if time.monotonic() >= hold_at:
                    hold_at = time.monotonic() + conf.get().holding_seconds
                    me.doing = "hold"
                    self.worker.server.hold(
                        {work.tag: work.sent for work in self.reserved if self._waits(work)}
                    )
                if not self.stops:
                    self._take(me)
            except BROKER_ERRORS:
                self._reconnect(me)

    def _waits(self, work: Work) -> bool:
        """Whether kombu still has the message under its tag, and no pool child has accepted it."""
        return bool(work.tag) and work.accepted_at is None

    def _hear(self, me: Process) -> None:
        """What the pool children have said, and which of them are gone."""
        while self.heard:
            what, work, at = self.heard.pop(0)
            if what == "accepted":
                work.accepted_at = at
                self.active.append(work)
                me.doing = "ack"
                self.worker.server.acknowledge(work.tag)
            else:
                self._forget(work)
        for index, child in enumerate(self.children):
            if child.is_dead:
                if child.work:
                    child.work.lost_at = child.work.lost_at or time.monotonic()
                self.children[index] = Child(self, next(self.worker.pids))
        for work in list(self.reserved):
            if work.lost_at and time.monotonic() - work.lost_at > LOST_WORKER_SECONDS:
                self._forget(work)

    def _forget(self, work: Work) -> None:
        work.is_done = True
        for works in (self.reserved, self.active):
            if work in works:
                works.remove(work)

    def _take(self, me: Process) -> None:
        child = next(
            (child for child in self.children if child.work is None and not child.is_dead), None
        )
        if child is None:
            return
        me.doing = "take"
        taken = self.worker.server.take(QUEUES) if self.worker.server.waiting else None
        if taken is None:
            return
        tag, sent = taken
        if refusal := self.worker.entrance.refusal_of(sent, QUEUES):
            self.worker.world.errors.append(f"one of our own messages is refused: {refusal.told}")
        work = Work(sent, tag, message_of(sent, self.worker.name))
        self.reserved.append(work)
        me.doing = "taken"
        self.worker.world.step()
        child.give(work)

    def _reconnect(self, me: Process) -> None:
        """kombu gives back what was not acknowledged, where it still can; the tags are void either
        way.
        """
        for work in self.reserved:
            if work.accepted_at is None and me.dice.random() < 0.5:
                self.worker.server.give_back(work.tag, work.sent)
            work.tag = 0
        time.sleep(me.dice.uniform(0.5, 2.0))


class Board:
    """Shared memory: what a main process and its children say of themselves."""

    def __init__(self, life: Life) -> None:
        now = time.monotonic()
        self.life = life
        self.main = SimpleNamespace(renewed_at=now, heartbeat_at=now, loop_at=now, stops_until=0.0)
        self.stopped: set[int] = set()

    def note_stopped(self, pid: int) -> None:
        self.stopped.add(pid)

    def __iter__(self) -> Iterator[Slot]:
        return (child.slot for child in self.life.children if not child.is_dead)


def _sidecar(worker: Worker) -> Program:
    return Program(
        f"{worker.name}.sidecar", worker.links, answer_seconds=conf.get().lease_timeout_seconds + 1
    )
