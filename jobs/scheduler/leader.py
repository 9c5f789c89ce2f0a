"""The leader's two threads beside the planner: one that keeps its lease, one that runs what only
the leader does.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence
from functools import partial

from django.db import close_old_connections, connections

from jobs import conf
from jobs.maintenance.notices import Heartbeats
from jobs.maintenance.services import Clock, LeaderService, leader_services
from jobs.scheduler.clock_watch import WatchedClock
from jobs.scheduler.lease import Lease
from jobs.scheduler.pulse import Pulse
from jobs.services import Service, run_alone

LOOK_SECONDS = 0.2


class LeaderThreads:
    """Renews lease and pulse in one thread and runs the services in another, so that a long service
    cannot lose it.
    """

    def __init__(
        self,
        lease: Lease,
        pulse: Pulse,
        services: Callable[[Clock], Sequence[LeaderService]] = leader_services,
        *,
        clock: WatchedClock | None = None,
    ) -> None:
        self.lease = lease
        self.pulse = pulse
        self.clock = clock or WatchedClock()
        self.services = services
        self.stopping = threading.Event()
        self.turned_at = time.monotonic()
        self.threads = [
            threading.Thread(target=loop, daemon=True) for loop in (self._renew, self._serve)
        ]

    def start(self) -> None:
        for thread in self.threads:
            thread.start()

    def are_alive(self) -> bool:
        """Whether the lease's thread still comes round; a long service is no reason to doubt it."""
        return time.monotonic() - self.turned_at < conf.get().silent_kill_seconds

    def stop(self, timeout: float = 5.0) -> None:
        """Ask both threads to end and wait for them, together at most ``timeout`` seconds."""
        self.stopping.set()
        deadline = time.monotonic() + timeout
        for thread in self.threads:
            thread.join(max(0.0, deadline - time.monotonic()))

    def signs_of_life(self) -> list[Service]:
        """Each by itself: whoever keeps this scheduler's own row locked does not take the leader's
        from it.
        """
        every = conf.get().leader_renew_seconds
        return [
            Service("pulse", every, self.pulse.beat),
            Service("leader lease", every, self._renew_lease),
        ]

    def _renew_lease(self) -> None:
        # A planner that hangs must not keep its lease: somebody who ticks takes over.
        if self.pulse.is_ticking():
            self.lease.renew()

    def _renew(self) -> None:
        signs = self.signs_of_life()
        while not self.stopping.is_set():
            self.turned_at = time.monotonic()
            for sign in signs:
                close_old_connections()
                sign.run()
            self.stopping.wait(conf.get().leader_renew_seconds)
        close_old_connections()
        if self.lease.is_held():
            run_alone("leader lease", self.lease.release)
        run_alone("pulse", self.pulse.end)
        connections.close_all()

    def _serve(self) -> None:
        services = [*self.services(self.clock.moment), self._heartbeats()]
        while not self.stopping.wait(LOOK_SECONDS):
            self._note_steps(services)
            self.run_round(services)
        connections.close_all()

    def run_round(self, services: Sequence[LeaderService]) -> None:
        """Run what is due: as the leader everything, else what every scheduler does."""
        for service in services:
            if (service.by_all or self.lease.is_held()) and not self.stopping.is_set():
                service.run_if_due()

    def _heartbeats(self) -> LeaderService:
        """Held back while the planner hangs: that is what their silence tells."""
        heartbeats = Heartbeats(self.pulse.is_ticking)
        every = conf.get().heartbeat_seconds
        return LeaderService.timed(
            self.clock.moment, "heartbeats", every, heartbeats.run_once, level=logging.DEBUG
        )

    def _note_steps(self, services: Sequence[LeaderService]) -> None:
        for moment in self.clock.steps():
            close_old_connections()
            for service in services if self.lease.is_held() else ():
                run_alone(f"{service.name}: a step of the clock", partial(service.stepped, moment))
