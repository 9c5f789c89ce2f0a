"""What can happen to a system from outside, each under the name that a plan gives it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from random import Random
from typing import TYPE_CHECKING

from django.db import DEFAULT_DB_ALIAS, connections

from tests.simulation.plan import FAULTY_SECONDS, OPERATORS, Fault
from tests.simulation.world import Process

if TYPE_CHECKING:
    from tests.simulation.system import System
    from tests.simulation.worker import Worker

PRESSED = {kind.kind for kind in OPERATORS}
AHEAD, BEHIND = 3_600.0, -600.0


class Faults:
    """Brings the faults of a plan about. Whatever lasts is over when the calm begins."""

    def __init__(self, system: System) -> None:
        self.system, self.world = system, system.world
        self.dice = Random(f"{system.plan.seed}/faults")

    def arm(self, fault: Fault) -> None:
        self.world.call_at(fault.at, partial(self._begin, fault))

    def _begin(self, fault: Fault) -> None:
        if not fault.on:
            self.strike(fault, None)
            return
        watcher = (fault, partial(self._met, fault))
        self.world.watchers.append(watcher)

    def _met(self, fault: Fault, process: Process) -> bool:
        """Whether the process that is about to take a step has been killed or frozen by this."""
        if process.doing != fault.on or not process.name.startswith(f"{fault.target}."):
            return False
        self.world.watchers = [one for one in self.world.watchers if one[0] is not fault]
        self.strike(fault, process)
        return process.is_dead or process.is_frozen

    def strike(self, fault: Fault, process: Process | None) -> None:
        """Now; ``process`` is who was about to take the step that the fault waited for."""
        self.world.note(f"FAULT {fault}")
        name = fault.kind.replace(" ", "_")
        if fault.kind in PRESSED:
            self.system.operators.ask(name, fault)
        else:
            act: Callable[[Fault, Process | None], None] = getattr(self, f"_{name}")
            act(fault, process)

    def _later(self, fault: Fault, act: Callable[[], None]) -> None:
        self.world.call_at(max(self.world.now, min(self._end(fault), FAULTY_SECONDS)), act)

    def _end(self, fault: Fault) -> float:
        return min(self.world.now + fault.seconds, FAULTY_SECONDS)

    # Schedulers.

    def _kill_scheduler(self, fault: Fault, _: Process | None) -> None:
        scheduler = self.system.schedulers[fault.target]
        scheduler.kill()
        self._later(fault, scheduler.restart)

    def _freeze_scheduler(self, fault: Fault, _: Process | None) -> None:
        scheduler = self.system.schedulers[fault.target]
        scheduler.freeze()
        self._later(fault, scheduler.thaw)

    # Workers.

    def _worker(self, fault: Fault) -> Worker:
        worker = self.system.workers[fault.target]
        worker.disturbed.append((self.world.now, self._end(fault)))
        return worker

    def _kill_main(self, fault: Fault, _: Process | None) -> None:
        worker = self._worker(fault)
        if worker.life:
            worker.life.kill_main()
        self._later(fault, worker.start)

    def _kill_worker(self, fault: Fault, _: Process | None) -> None:
        worker = self._worker(fault)
        if worker.life:
            worker.life.kill()
        self._later(fault, worker.start)

    def _power_cut(self, fault: Fault, process: Process | None) -> None:
        self._kill_worker(fault, process)
        self.system.workers[fault.target].boots += 1

    def _kill_child(self, fault: Fault, process: Process | None) -> None:
        life = self._worker(fault).life
        children = (
            [child for child in life.children if not child.is_dead]
            if life and not life.is_over
            else []
        )
        mine = [child for child in children if child.process is process]
        if children:
            (mine or [self.dice.choice(children)])[0].kill()

    def _freeze_child(self, fault: Fault, process: Process | None) -> None:
        """The one whose step it is, or the one that would be given the next message."""
        life = self._worker(fault).life
        children = (
            [child for child in life.children if not child.is_dead]
            if life and not life.is_over
            else []
        )
        mine = [child for child in children if child.process is process]
        for child in (mine or [child for child in children if child.work is None])[:1]:
            child.freeze()
            self._later(fault, child.thaw)

    def _freeze_main(self, fault: Fault, _: Process | None) -> None:
        life = self._worker(fault).life
        for process in life.main if life else ():
            process.freeze()
            self._later(fault, process.thaw)

    def _freeze_worker(self, fault: Fault, _: Process | None) -> None:
        life = self._worker(fault).life
        if life is None:
            return
        for process in life.everybody():
            process.freeze()
            self._later(fault, process.thaw)
        for child in life.children:
            if not child.is_dead:
                child.freeze()
                self._later(fault, child.thaw)

    def _stop_worker(self, fault: Fault, _: Process | None) -> None:
        worker = self._worker(fault)
        if worker.life and not worker.life.is_over:
            worker.life.stop(
                then=lambda: self.world.call_at(self.world.now + fault.seconds, worker.start)
            )

    # Connections.

    def _disturb(self, fault: Fault) -> None:
        if fault.target in self.system.workers:
            self._worker(fault)

    def _cut_off(self, fault: Fault, _: Process | None) -> None:
        self._disturb(fault)
        self.system.links(fault.target).database.refused_until = self._end(fault)

    def _half_open(self, fault: Fault, _: Process | None) -> None:
        self._disturb(fault)
        self.system.links(fault.target).database.silent_until = self._end(fault)

    def _lose_answer(self, fault: Fault, process: Process | None) -> None:
        if process:
            process.loses_answer = True

    def _slow(self, fault: Fault, _: Process | None) -> None:
        links = self.system.links(fault.target)
        links.slow_until, links.slow_seconds = self._end(fault), self.dice.uniform(0.2, 2.0)

    def _database_away(self, fault: Fault, _: Process | None) -> None:
        for worker in self.system.workers.values():
            worker.disturbed.append((self.world.now, self._end(fault)))
        self.system.database.is_down_until = self._end(fault)

    # The broker.

    def _broker_away(self, fault: Fault, _: Process | None) -> None:
        self.system.server.refused_until = self._end(fault)

    def _broker_silent(self, fault: Fault, _: Process | None) -> None:
        self.system.server.silent_until = self._end(fault)

    def _broker_cut_off(self, fault: Fault, _: Process | None) -> None:
        self.system.links(fault.target).broker.refused_until = self._end(fault)

    def _flush_broker(self, *_: object) -> None:
        self.system.server.flush()

    def _double_messages(self, *_: object) -> None:
        sent = self.system.server.sent[-30:]
        self.system.server.waiting += self.dice.sample(sent, min(5, len(sent)))

    def _shuffle_messages(self, *_: object) -> None:
        self.dice.shuffle(self.system.server.waiting)

    def _restore_messages(self, *_: object) -> None:
        for tag in list(self.system.server.unacked):
            self.system.server.restore(tag)

    # The database.

    def _lock_row(self, fault: Fault, _: Process | None) -> None:
        runs = list(self._runs("running")) or list(self._runs("queued"))
        if runs:
            run = self.dice.choice(runs)
            self.system.database.locked[run] = self._end(fault)
            self.system.was_locked.add(run)

    def _runs(self, state: str) -> Iterator[str]:
        with connections[DEFAULT_DB_ALIAS].cursor() as cursor:
            cursor.execute("SELECT id FROM beatwright_run WHERE state = %s ORDER BY id", [state])
            yield from (run for (run,) in cursor.fetchall())

    def _clock_ahead(self, fault: Fault, _: Process | None) -> None:
        self._jump(fault, AHEAD)

    def _clock_behind(self, fault: Fault, _: Process | None) -> None:
        self._jump(fault, BEHIND)

    def _jump(self, fault: Fault, by: float) -> None:
        for worker in self.system.workers.values():
            worker.disturbed.append((self.world.now, self._end(fault)))
        self.system.database.jump, self.system.clock_jumped = by, True
        self._later(fault, self._jump_back)

    def _jump_back(self) -> None:
        self.system.database.jump = 0.0
