"""What looks after a worker's runs: its heartbeat, its supervisor, its outcome_writer, and the
sidecar.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, cast

from jobs import conf
from jobs.execution.outcome import outcomes
from jobs.execution.sidecar.watch import LOOK_SECONDS, Watch
from jobs.execution.slots import Board, Slot
from jobs.execution.supervision.cancels import requested
from jobs.execution.supervision.dead_children import LOST
from jobs.execution.supervision.exclusive import is_unsure
from jobs.execution.supervision.in_flight import STOPPED
from jobs.execution.supervision.leases import FENCED, Leases, must_end
from jobs.execution.supervision.predecessors import bury, dead_workers
from jobs.execution.worker import registration
from jobs.lifecycle.connections import TRANSIENT
from jobs.lifecycle.finish import finish
from jobs.lifecycle.message import Message
from jobs.lifecycle.outcome import Outcome
from jobs.services import Service
from tests.simulation.child import Work
from tests.simulation.world import Process, Program

if TYPE_CHECKING:
    from tests.simulation.worker import Life

RESTART_SECONDS = 3.0  # whatever runs workers runs another one then


class Supervision:
    """The thread that needs the database: services as the core's own, each in its own rhythm."""

    def __init__(self, life: Life) -> None:
        self.life, self.name = life, life.worker.name
        self.is_registered = False

    def run(self) -> None:
        numbers, life = conf.get(), self.life
        life.leases = Leases(
            self.name,
            life.in_hand,
            main=life.board.main,
            ask=lambda function, *given: function(*given),
            me=lambda: life.identity,
        )
        rhythms = (
            ("sign of life", numbers.supervise_seconds, self._show_life),
            ("renew", numbers.lease_renew_seconds, life.leases.run_once),
            ("register", numbers.lease_renew_seconds, self._register),
            ("cancels", numbers.supervise_seconds, self._cancels),
            ("spool", numbers.lease_renew_seconds, self._replay),
        )
        services = [Service(*rhythm, due_at=time.monotonic()) for rhythm in rhythms]
        while True:
            time.sleep(min(service.due_at for service in services) - time.monotonic())
            for service in services:
                _doing(life, service.name)
                service.run_if_due()

    def _show_life(self) -> dict[str, int]:
        self.life.board.main.heartbeat_at = time.monotonic()
        return {}

    def _register(self) -> dict[str, int]:
        life, busy = self.life, len(self.life.active)
        moment = {
            "queues": ["default"],
            "concurrency": len(life.children),
            "busy": busy,
            "refused_messages": 0,
        }
        if self.is_registered and registration.beat(self.name, life.identity, moment):
            return {}
        if not self.is_registered:
            for dead, left in dead_workers(self.name, life.worker.host, life.identity):
                ours = {(message.run_id, message.publish) for message in life.in_hand()}
                bury(dead, [one for one in left if (one.run_id, one.publish) not in ours])
        row = {
            "name": self.name,
            "host": life.worker.host,
            "identity": life.identity,
            "pid": life.pid,
            "tasks": [],
        }
        registration.introduce(row | moment)
        self.is_registered = True
        return {}

    def _cancels(self) -> dict[str, int]:
        works = list(self.life.active)
        wanted = requested(self.name) if works else {}
        for work in works:
            why = wanted.get((work.message.run_id, work.message.publish))
            if why is not None:
                take_away(self.life, work, outcomes.cancelled(why))
        return {}

    def _replay(self) -> dict[str, int]:
        spool = self.life.worker.spool
        while spool:
            message, outcome = spool[0]
            finish(message, outcome, patience_seconds=0)
            spool.remove((message, outcome))
        return {}


class Supervisor:
    """The thread that needs only its host."""

    def __init__(self, life: Life) -> None:
        self.life = life
        self.suspected: set[str] = set()
        self.recorded: set[str] = set()

    def run(self) -> None:
        while True:
            time.sleep(conf.get().supervise_seconds)
            now = time.monotonic()
            for look in (self._deadlines, self._dead_children, self._exclusive, self._fence):
                look(now)

    def _deadlines(self, now: float) -> None:
        for work in list(self.life.active):
            limit, since = work.limit, work.accepted_at or now
            if limit and now - since >= limit + conf.get().timeout_kill_seconds:
                take_away(self.life, work, outcomes.overdue(limit))

    def _dead_children(self, now: float) -> None:
        dead = {
            work.task_id: work for work in self.life.active if work.child and work.child.is_dead
        }
        for task_id in (dead.keys() & self.suspected) - self.recorded:
            work = dead[task_id]
            if work.child and work.child.pid in self.life.board.stopped:
                self.life.outcome_writer.expect(work.message, STOPPED)
            self.life.outcome_writer.hand(work.message, LOST)
            self.recorded.add(task_id)
        self.recorded &= dead.keys()
        self.suspected = set(dead)

    def _exclusive(self, now: float) -> None:
        leases = self.life.leases
        for work in [work for work in self.life.active if work.is_exclusive]:
            if leases and is_unsure(
                work.accepted_at or now, leases.proven_at(work.task_id), now=now
            ):
                take_away(self.life, work, STOPPED)

    def _fence(self, now: float) -> None:
        taken = self.life.leases.taken if self.life.leases else {}
        for work in [work for work in self.life.active if work.task_id in taken]:
            if must_end(taken[work.task_id], exclusive=work.is_exclusive, now=now):
                take_away(self.life, work, FENCED)


class OutcomeWriter:
    """Writes the outcomes that the main process has to record, in order."""

    def __init__(self, life: Life) -> None:
        self.life = life
        self.handed: list[tuple[Message, Outcome]] = []
        self.expected: dict[str, Outcome] = {}
        self.process: Process | None = None

    def begin(self, program: Program) -> Process:
        self.process = self.life.worker.world.spawn(
            f"{program.name}.outcome_writer", self._run, program
        )
        return self.process

    def expect(self, message: Message, outcome: Outcome) -> None:
        self.expected[message.task_id] = outcome

    def hand(self, message: Message, outcome: Outcome) -> None:
        self.handed.append((message, self.expected.get(message.task_id, outcome)))
        if self.process:
            self.life.worker.world.wake(self.process)

    def _run(self) -> None:
        _doing(self.life, "record")
        while True:
            while not self.handed:
                self.life.worker.world.park()
            message, outcome = self.handed[0]
            try:
                finish(message, outcome)
            except TRANSIENT:
                self.life.worker.spool.append((message, outcome))
            self.handed.remove((message, outcome))


class Sidecar(Watch):
    """The core's watch over a main process, with the kernel's part made up."""

    def __init__(self, life: Life) -> None:
        super().__init__(life.pid, life.worker.name, cast("Board", life.board))
        self.life = life

    def run(self, **_: Any) -> None:
        while not self.life.is_main_dead:
            self.look(now=time.monotonic())
            time.sleep(LOOK_SECONDS)
        _doing(self.life, "clean up")
        self.clean_up()

    def children(self) -> list[Slot]:
        return list(self.board)

    def kill_child(self, pid: int) -> bool:
        for child in self.life.children:
            if child.pid == pid and not child.is_dead:
                child.kill("stopped by the sidecar")
                return True
        return False

    def kill_main(self) -> None:
        worker = self.life.worker
        worker.world.note("the sidecar kills its main process")
        self.life.kill_main()
        worker.world.call_at(worker.world.now + RESTART_SECONDS, worker.start)


def take_away(life: Life, work: Work, outcome: Outcome) -> bool:
    """End a run from outside, as jobs.execution.supervision.in_flight does."""
    if work not in life.active:
        return False
    life.outcome_writer.expect(work.message, outcome)
    child = work.child
    if child is None or child.is_dead or child.work is not work:
        return False
    child.kill(f"stopped: {outcome.reason}")
    life.outcome_writer.hand(work.message, outcome)
    life.worker.world.note(f"takes {work.message.job_name} from its child: {outcome.reason}")
    return True


def _doing(life: Life, what: str) -> None:
    process = life.worker.world.current
    if process:
        process.doing = what
