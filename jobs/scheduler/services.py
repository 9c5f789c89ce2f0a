"""What only the leader runs: small services of one shape, each in its own rhythm, in a thread beside the planner."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Protocol

from django.db import DatabaseError, InterfaceError, close_old_connections, connections

from jobs import conf
from jobs.actions.pausing import resume_due
from jobs.actions.queues import resume_due_queues
from jobs.database.locks import told
from jobs.dispatch.broker import BROKER_ERRORS
from jobs.dispatch.clock import database_now
from jobs.dispatch.reconcile import Reconcile
from jobs.importers.watch import ScheduleFiles
from jobs.maintenance.alerts import Alerts
from jobs.maintenance.backfills import Backfills
from jobs.maintenance.bulk import BulkOperations
from jobs.maintenance.clock_repairs import ClockRepairs
from jobs.maintenance.recovery import Recovery
from jobs.maintenance.retention import OnlyWhatIsOld, Retention
from jobs.maintenance.rollups import RollUps, Troubles
from jobs.maintenance.stateless import Stateless
from jobs.maintenance.unblock import Unblock
from jobs.outages import Outage
from jobs.scheduler.clock_watch import WatchedClock
from jobs.scheduler.lease import Lease
from jobs.scheduler.pulse import Pulse

logger = logging.getLogger(__name__)

PASSING_ERRORS = (DatabaseError, InterfaceError, *BROKER_ERRORS)


class RunOnce(Protocol):
    def __call__(self, *, now: datetime) -> dict[str, int]: ...


def _nothing_to_note(_now: datetime) -> None:
    """For services to which a step of the clock is nothing."""


@dataclass
class Service:
    """One duty of the leader: ``run_once(now=…)`` returns what it changed; silence means nothing did.

    It stands still while the database's clock is doubted. ``stepped`` is told what the clock says after each step, also
    one that is over before the next call. ``level`` is lower for what changes something at nearly every call.
    """

    name: str
    every_seconds: float
    run_once: RunOnce
    level: int = logging.INFO
    due_at: float = 0.0
    stepped: Callable[[datetime], None] = _nothing_to_note

    def __post_init__(self) -> None:
        self._outage = Outage(__name__, self.name, f"{self.name}: works again")

    def run_if_due(self, clock: WatchedClock) -> None:
        if time.monotonic() < self.due_at:
            return
        self.due_at = time.monotonic() + self.every_seconds
        try:
            now = database_now()
            counts = {} if clock.look(now).is_held else self.run_once(now=now)
        except PASSING_ERRORS as error:
            self._outage.failed(f"{told(error)}; trying again every {self.every_seconds:g} s")
            connections.close_all()
            return
        except Exception as error:
            if self._outage.failed(error):
                logger.exception("%s failed; trying again every %g s", self.name, self.every_seconds)
            return
        self._outage.worked()
        if any(counts.values()):
            changed = ", ".join(f"{count} {what}" for what, count in counts.items() if count)
            logger.log(self.level, "%s: %s", self.name, changed)


def leader_services() -> list[Service]:
    """The leader's duties, in the order in which they are looked at."""
    numbers, repairs, recovery = conf.get(), ClockRepairs(), Recovery()
    return [
        Service("clock", numbers.recovery_seconds, repairs.run_once, stepped=repairs.stepped),
        Service("recovery", numbers.recovery_seconds, recovery.run_once, stepped=recovery.stepped),
        Service("reconcile", numbers.reconcile_seconds, Reconcile().run_once),
        Service("waiting runs", numbers.unblock_seconds, Unblock().run_once),
        Service("backfills", numbers.unblock_seconds, Backfills().run_once),
        Service("bulk operations", numbers.unblock_seconds, BulkOperations().run_once),
        Service("states", numbers.alert_seconds, Stateless().run_once),
        Service("pauses", numbers.unblock_seconds, _end_pauses),
        Service("schedule files", numbers.watch_seconds, ScheduleFiles(numbers.schedule_files).run_once),
        Service("roll-ups", numbers.rollup_seconds, RollUps().run_once, logging.DEBUG),
        Service("alerts", numbers.alert_seconds, Alerts().run_once),
        Service("trouble", numbers.trouble_seconds, Troubles().run_once, logging.DEBUG),
        Service("retention", numbers.retention_seconds, OnlyWhatIsOld(Retention().run_once).run_once),
    ]


def _end_pauses(*, now: datetime) -> dict[str, int]:
    return {"jobs resumed": resume_due(now=now), "queues resumed": resume_due_queues(now=now)}


class LeaderThreads:
    """Renews lease and pulse in one thread and runs the services in another, so that a long service cannot lose it."""

    def __init__(
        self,
        lease: Lease,
        pulse: Pulse,
        duties: Callable[[], Sequence[Service]] = leader_services,
        *,
        clock: WatchedClock | None = None,
    ) -> None:
        self.lease = lease
        self.pulse = pulse
        self.clock = clock or WatchedClock()
        self.duties = duties
        self.stopping = threading.Event()
        self.turned_at = time.monotonic()
        self._outages: dict[str, Outage] = {}
        self.threads = [threading.Thread(target=loop, daemon=True) for loop in (self._renew, self._serve)]

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

    def _renew(self) -> None:
        while not self.stopping.is_set():
            self.turned_at = time.monotonic()
            self._guarded("pulse", self.pulse.beat)
            # A planner that hangs must not keep its lease: somebody who ticks takes over.
            if self.pulse.is_ticking():
                self._guarded("leader lease", self.lease.renew)
            self.stopping.wait(conf.get().leader_renew_seconds)
        if self.lease.is_held():
            self._guarded("leader lease", self.lease.release)
        self._guarded("pulse", self.pulse.end)
        connections.close_all()

    def _serve(self) -> None:
        services = self.duties()
        while not self.stopping.wait(0.2):
            self._note_steps(services)
            for service in services:
                if self.lease.is_held() and not self.stopping.is_set():
                    service.run_if_due(self.clock)
        connections.close_all()

    def _note_steps(self, services: Sequence[Service]) -> None:
        for moment in self.clock.steps():
            for service in services if self.lease.is_held() else ():
                self._guarded(f"{service.name}: a step of the clock", partial(service.stepped, moment))

    def _guarded(self, name: str, step: Callable[[], object]) -> None:
        """Each step alone: whoever keeps this scheduler's own row locked does not take the leader's from it."""
        outage = self._outages.setdefault(name, Outage(__name__, name, f"{name}: works again"))
        try:
            close_old_connections()
            step()
            outage.worked()
        except PASSING_ERRORS as error:
            outage.failed(told(error))
            connections.close_all()
