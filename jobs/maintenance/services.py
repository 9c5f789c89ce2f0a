"""All that only the leader does: which services there are, and in which rhythm each is run."""

from __future__ import annotations

import logging
import platform
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any, Protocol

from jobs import conf
from jobs.dispatch.brokers.broker import BROKER_ERRORS
from jobs.importers.apply import ChangedMeanwhile
from jobs.maintenance.alerts import Alerts
from jobs.maintenance.backfills import Backfills
from jobs.maintenance.bulk import BulkOperations
from jobs.maintenance.calendar_feeds import CalendarFeeds
from jobs.maintenance.clock_repairs import ClockRepairs
from jobs.maintenance.expectations import check_expectations
from jobs.maintenance.files.schedule_files import ScheduleFiles
from jobs.maintenance.files.shared_files import SharedFiles
from jobs.maintenance.notices import Delivery
from jobs.maintenance.pauses import end_pauses
from jobs.maintenance.reconcile import Reconcile
from jobs.maintenance.recovery import Recovery
from jobs.maintenance.retention import OnlyWhatIsOld, Retention
from jobs.maintenance.rollups import Changes, RollUps, Troubles
from jobs.maintenance.start_deadlines import skip_late_starts
from jobs.maintenance.stateless import Stateless
from jobs.maintenance.unblock import Unblock
from jobs.services import Service

EXPECTED = {
    "the broker does not answer": BROKER_ERRORS,
    "its jobs have since changed": (ChangedMeanwhile,),
}

Clock = Callable[[], datetime | None]


class RunOnce(Protocol):
    def __call__(self, *, now: datetime) -> Mapping[str, int]: ...


def _nothing_to_note(_now: datetime) -> None:
    """For services to which a step of the clock is nothing."""


@dataclass
class LeaderService(Service):
    """One that goes by the database's clock, and stands still while that is doubted.

    ``stepped`` is told what the clock says after each step of it, also one that is over before the
    next call. ``by_all``: every scheduler runs it, whether it leads or not.
    """

    stepped: Callable[[datetime], None] = _nothing_to_note
    by_all: bool = False

    @classmethod
    def timed(
        cls, clock: Clock, name: str, every_seconds: float, run_once: RunOnce, **more: Any
    ) -> LeaderService:
        """``clock`` is read at each call; None says that it is doubted."""

        def at_this_moment() -> Mapping[str, int] | None:
            now = clock()
            return None if now is None else run_once(now=now)

        return cls(name, every_seconds, at_this_moment, expected=EXPECTED, **more)


def leader_services(clock: Clock) -> list[LeaderService]:
    """The leader's services, in the order in which they are looked at."""
    numbers, repairs, recovery, reconcile = conf.get(), ClockRepairs(), Recovery(), Reconcile()
    service = partial(LeaderService.timed, clock)
    return [
        service("clock", numbers.recovery_seconds, repairs.run_once, stepped=repairs.stepped),
        service("recovery", numbers.recovery_seconds, recovery.run_once, stepped=recovery.stepped),
        service("reconcile", numbers.reconcile_seconds, reconcile.run_once),
        service("taken messages", numbers.unblock_seconds, reconcile.look_closer),
        service("waiting runs", numbers.unblock_seconds, Unblock().run_once),
        service("start deadlines", numbers.unblock_seconds, skip_late_starts),
        service("expectations", numbers.expectation_seconds, check_expectations),
        service("backfills", numbers.unblock_seconds, Backfills().run_once),
        service("bulk operations", numbers.unblock_seconds, BulkOperations().run_once),
        service("states", numbers.alert_seconds, Stateless().run_once),
        service("calendars", numbers.alert_seconds, CalendarFeeds().run_once),
        service("pauses", numbers.unblock_seconds, end_pauses),
        # Each scheduler reads its own files, as nobody else may be able to; together they are one
        # list.
        service(
            "schedule files",
            numbers.watch_seconds,
            ScheduleFiles(numbers.schedule_files, shared=SharedFiles(platform.node())).run_once,
            by_all=True,
        ),
        service("roll-ups", numbers.rollup_seconds, RollUps().run_once, level=logging.DEBUG),
        service("changes", numbers.alert_seconds, Changes().run_once, level=logging.DEBUG),
        service("alerts", numbers.alert_seconds, Alerts().run_once),
        service("notices", numbers.notice_seconds, Delivery().run_once),
        service("trouble", numbers.trouble_seconds, Troubles().run_once, level=logging.DEBUG),
        service(
            "retention", numbers.retention_seconds, OnlyWhatIsOld(Retention().run_once).run_once
        ),
    ]
