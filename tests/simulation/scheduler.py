"""A scheduler: the real turn, the real leader's threads and services, in simulated processes."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, cast

from jobs import conf
from jobs.maintenance.services import Clock, LeaderService, leader_services
from jobs.scheduler.leader import LeaderThreads
from jobs.scheduler.lease import Lease
from jobs.scheduler.pulse import Pulse
from jobs.scheduler.tick import Tick
from tests.simulation.links import Links
from tests.simulation.world import Process, Program, World

SERVICES = {"clock", "recovery", "reconcile", "waiting runs", "pauses"}


class Stopping:
    """The event for which the leader's threads wait between two rounds; it never comes."""

    def __init__(self, world: World) -> None:
        self.world = world

    def is_set(self) -> bool:
        return False

    def wait(self, seconds: float) -> bool:
        self.world.sleep(seconds)
        return False


class Scheduler:
    """One program with three threads; ``start`` begins another life of it."""

    def __init__(self, world: World, name: str) -> None:
        self.world, self.name, self.links = world, name, Links(name)
        self.lives = 0
        self.processes: list[Process] = []

    def start(self) -> None:
        self.lives += 1
        program = Program(self.name, self.links, answer_seconds=conf.get().answer_seconds)
        self.processes = [
            self.world.spawn(f"{self.name}.loop", lambda: self._loop(program), program)
        ]

    def restart(self) -> None:
        """Unless it was started meanwhile."""
        if all(process.is_dead for process in self.processes):
            self.start()

    def kill(self) -> None:
        for process in self.processes:
            process.kill()

    def freeze(self) -> None:
        for process in self.processes:
            process.freeze()

    def thaw(self) -> None:
        for process in self.processes:
            process.thaw()

    def _loop(self, program: Program) -> None:
        turn, lease = Tick(), Lease(f"{self.name}:{self.lives}")
        pulse = Pulse(lease.holder, self.name, lambda: turn.last_good)
        threads = LeaderThreads(lease, pulse, self._services, clock=turn.clock)
        threads.stopping = cast("threading.Event", Stopping(self.world))
        for name, loop in (("renew", threads._renew), ("serve", threads._serve)):
            self.processes.append(
                self.world.spawn(f"{self.name}.{name}", self._named(name, loop), program)
            )
        while True:
            self._doing("turn")
            delay = turn.run_once()
            time.sleep(min(delay, conf.get().max_sleep_seconds))

    def _services(self, clock: Clock) -> Sequence[LeaderService]:
        return [
            replace(service, run_once=self._labelled(service.name, service.run_once))
            for service in leader_services(clock)
            if service.name in SERVICES
        ]

    def _labelled(self, name: str, run_once: Any) -> Any:
        def labelled() -> Any:
            self._doing(name)
            return run_once()

        return labelled

    def _named(self, name: str, loop: Callable[[], None]) -> Callable[[], None]:
        def begin() -> None:
            self._doing(name)
            loop()

        return begin

    def _doing(self, what: str) -> None:
        if self.world.current:
            self.world.current.doing = what
