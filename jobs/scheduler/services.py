"""What only the leader runs: small services of one shape, each in its own rhythm, in a thread beside the planner."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from django.db import DatabaseError, InterfaceError, close_old_connections, connections

from jobs import conf
from jobs.actions.pausing import resume_due
from jobs.actions.queues import resume_due_queues
from jobs.dispatch.broker import BROKER_ERRORS
from jobs.dispatch.clock import database_now
from jobs.dispatch.reconcile import Reconcile
from jobs.importers.watch import ScheduleFiles
from jobs.maintenance.alerts import Alerts
from jobs.maintenance.backfills import Backfills
from jobs.maintenance.bulk import BulkOperations
from jobs.maintenance.recovery import Recovery
from jobs.maintenance.retention import Retention
from jobs.maintenance.rollups import RollUps, Troubles
from jobs.maintenance.stateless import Stateless
from jobs.maintenance.unblock import Unblock
from jobs.scheduler.lease import Lease
from jobs.scheduler.pulse import Pulse

logger = logging.getLogger(__name__)

PASSING_ERRORS = (DatabaseError, InterfaceError, *BROKER_ERRORS)


class RunOnce(Protocol):
    def __call__(self, *, now: datetime) -> dict[str, int]: ...


@dataclass
class Service:
    """One duty of the leader: ``run_once(now=…)`` returns what it changed; silence means nothing did.

    ``level`` is lower for what changes something at nearly every call.
    """

    name: str
    every_seconds: float
    run_once: RunOnce
    level: int = logging.INFO
    due_at: float = 0.0

    def run_if_due(self) -> None:
        if time.monotonic() < self.due_at:
            return
        self.due_at = time.monotonic() + self.every_seconds
        try:
            counts = self.run_once(now=database_now())
        except PASSING_ERRORS as error:
            logger.warning("%s: %s; trying again in %g s", self.name, error, self.every_seconds)
            connections.close_all()
            return
        except Exception:
            logger.exception("%s failed; trying again in %g s", self.name, self.every_seconds)
            return
        if any(counts.values()):
            told = ", ".join(f"{count} {what}" for what, count in counts.items() if count)
            logger.log(self.level, "%s: %s", self.name, told)


def leader_services() -> list[Service]:
    """The leader's duties, in the order in which they are looked at."""
    numbers = conf.get()
    return [
        Service("recovery", numbers.recovery_seconds, Recovery().run_once),
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
        Service("retention", numbers.retention_seconds, Retention().run_once),
    ]


def _end_pauses(*, now: datetime) -> dict[str, int]:
    return {"jobs resumed": resume_due(now=now), "queues resumed": resume_due_queues(now=now)}


class LeaderThreads:
    """Renews lease and pulse in one thread and runs the services in another, so that a long service cannot lose it."""

    def __init__(self, lease: Lease, pulse: Pulse) -> None:
        self.lease = lease
        self.pulse = pulse
        self.stopping = threading.Event()
        self.threads = [threading.Thread(target=loop, daemon=True) for loop in (self._renew, self._serve)]

    def start(self) -> None:
        for thread in self.threads:
            thread.start()

    def stop(self, timeout: float = 5.0) -> None:
        """Ask both threads to end and wait for them, together at most ``timeout`` seconds."""
        self.stopping.set()
        deadline = time.monotonic() + timeout
        for thread in self.threads:
            thread.join(max(0.0, deadline - time.monotonic()))

    def _renew(self) -> None:
        while not self.stopping.is_set():
            self._guarded(self._renew_once)
            self.stopping.wait(conf.get().leader_renew_seconds)
        if self.lease.is_held():
            self._guarded(self.lease.release)
        self._guarded(self.pulse.end)
        connections.close_all()

    def _renew_once(self) -> None:
        self.pulse.beat()
        # A planner that hangs must not keep its lease: somebody who ticks takes over.
        if self.pulse.is_ticking():
            self.lease.renew()

    def _serve(self) -> None:
        services = leader_services()
        while not self.stopping.wait(0.2):
            for service in services:
                if self.lease.is_held() and not self.stopping.is_set():
                    service.run_if_due()
        connections.close_all()

    def _guarded(self, step: Callable[[], object]) -> None:
        try:
            close_old_connections()
            step()
        except PASSING_ERRORS as error:
            logger.warning("leader lease: %s", error)
            connections.close_all()
