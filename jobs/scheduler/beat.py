"""The adapter to ``celery beat``: django-celery-beat's scheduler, with its loop given to ours."""

from __future__ import annotations

import logging
import os
import platform
import signal
import threading
import time
from types import FrameType
from typing import Any

from celery import signals
from django.db import (
    DEFAULT_DB_ALIAS,
    DatabaseError,
    DataError,
    InterfaceError,
    connection,
    connections,
)
from django_celery_beat.schedulers import DatabaseScheduler

from jobs import conf
from jobs.database import sessions
from jobs.database.deadlines import answer_within
from jobs.dead_mans_switch import DeadMansSwitch
from jobs.dispatch.brokers.broker import BROKER_ERRORS, Broker
from jobs.dispatch.brokers.eviction import end_if_evicting
from jobs.dispatch.plain_rows import OddRow, enabled_rows, row_error_text
from jobs.lifecycle.connections import LIFECYCLE
from jobs.logs import stream
from jobs.outages import Outage
from jobs.scheduler.leader import LeaderThreads
from jobs.scheduler.lease import Lease
from jobs.scheduler.plain import PlainEntry
from jobs.scheduler.pulse import Pulse
from jobs.scheduler.tick import Tick

logger = logging.getLogger(__name__)

PLAIN_EVERY_SECONDS = 5
PLAIN_MOST = 50
REACH_EVERY_SECONDS = 1


class JobScheduler(DatabaseScheduler):
    """Plans and publishes jobs in every process that runs it; fires plain rows where it leads.

    ``celery beat`` makes two of these, one only for its banner: nothing happens before the first
    tick.
    """

    Entry = PlainEntry
    # the stock one waits for its broker, for ever if need be, and the jobs would wait with it
    producer = None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.max_interval = PLAIN_EVERY_SECONDS
        self.wake = threading.Event()
        self.turn = Tick()
        self.lease = Lease(f"{platform.node()}:{os.getpid()}:{time.time_ns()}")
        self.threads: LeaderThreads | None = None
        self.switch: DeadMansSwitch | None = None
        self._was_leader = False
        self._plain_due_at = 0.0
        self._plain_outage = Outage(
            __name__, "scheduler: plain periodic tasks wait for the database"
        )
        self._reach_at = 0.0
        self._odd_told: set[OddRow] = set()

    def setup_schedule(self) -> None:
        """Nothing yet: ``beat_schedule`` entries are written once this process leads."""

    def all_as_schedule(self) -> dict[str, PlainEntry]:
        """Every enabled row that can be sent, each read by itself; the others are named in the log,
        once.

        The stock query leaves out crontabs by an hour window that is wrong on DST days, and ends at
        the first odd row.
        """
        rows, odd = enabled_rows()
        entries: dict[str, PlainEntry] = {}
        for row in rows:
            try:
                entries[row.name] = self.Entry(row, app=self.app)
            except (TypeError, ValueError, AttributeError) as error:
                odd.append(OddRow(row.pk, row.name, row_error_text(error)))
        for row in set(odd) - self._odd_told:
            logger.error("periodic task %r is not sent: %s", row.name, row.problem)
        self._odd_told = set(odd)
        return entries

    def tick(self, *args: Any, **kwargs: Any) -> float:
        """One turn, and the sleep after it; returns 0, because the caller's own sleep cannot be
        woken.
        """
        if self.threads is None:
            self._start()
        if self.switch and self.threads and self.threads.are_alive():
            self.switch.feed()
        delay = self.turn.run_once()
        if self.lease.is_held() and time.monotonic() >= self._plain_due_at:
            self._plain_due_at = time.monotonic() + self._tick_plain()
        elif not self.lease.is_held():
            self._was_leader = False
        self.wake.wait(min(delay, conf.get().max_sleep_seconds))
        return 0

    def reserve(self, entry: PlainEntry) -> PlainEntry:
        """The entry's successor; it is already in the database, so nothing is left to sync."""
        return next(entry)

    def apply_entry(self, entry: PlainEntry, producer: Any = None) -> None:
        """Send a plain row's message if the broker is there and this process wins the row; raises
        BROKER_ERRORS.
        """
        broker = Broker(self.app)
        if time.monotonic() >= self._reach_at:
            broker.reach()
            self._reach_at = time.monotonic() + REACH_EVERY_SECONDS
        with broker.producer() as ours:
            if self._claim(entry):
                super().apply_entry(entry, ours)

    def _claim(self, entry: PlainEntry) -> bool:
        try:
            is_won = entry.claim()
        except DataError as error:  # such as a count that has reached its column's end
            logger.error("periodic task %r is not sent: %s", entry.name, error)  # one line says it
            return False
        if not is_won:
            self._forget()  # somebody else fired, edited or disabled it: read all rows again
        return is_won

    def close(self) -> None:
        """End the loop and the threads; called more than once by ``celery beat``."""
        self.wake.set()
        if self.switch:
            self.switch.stop()
        threads, self.threads = self.threads, None
        if threads:
            threads.stop()

    @property
    def info(self) -> str:
        return f"    . database -> {connection.vendor}"

    def _start(self) -> None:
        sessions.a_loop_runs_here()
        connections.close_all()  # those made before that have other limits
        pulse = Pulse(self.lease.holder, platform.node(), lambda: self.turn.last_good)
        self.threads = LeaderThreads(self.lease, pulse, clock=self.turn.clock)
        self.threads.start()

    def _tick_plain(self) -> float:
        """Fire the plain rows that are due; returns after how many seconds to look again."""
        try:
            if not self._was_leader:
                self._take_over()
            for _ in range(PLAIN_MOST):
                if delay := super().tick():
                    self._plain_outage.worked()
                    return min(delay, PLAIN_EVERY_SECONDS)
        except (DatabaseError, InterfaceError, *BROKER_ERRORS) as error:
            self._plain_outage.failed(error)
            self._forget()  # what is due has left the heap
            return PLAIN_EVERY_SECONDS
        except Exception:
            logger.exception("scheduler: plain periodic tasks wait %g s", PLAIN_EVERY_SECONDS)
            self._forget()
            return PLAIN_EVERY_SECONDS
        self._plain_outage.worked()
        return 0.0

    def _take_over(self) -> None:
        """Forget what an earlier leadership knew: entries read then would fire what others have
        fired since.
        """
        self._forget()
        super().setup_schedule()
        self._was_leader = True

    def _forget(self) -> None:
        self._initial_read, self._last_timestamp, self._heap = True, None, None
        self._dirty.clear()


@signals.beat_init.connect
def _refuse_a_broker_that_evicts(sender: Any, **_: Any) -> None:
    """Before the loop: what it raises there, beat takes for a wish to end well."""
    end_if_evicting(Broker(sender.app))


@signals.beat_init.connect
def _never_hang(sender: Any, **_: Any) -> None:
    """In a process of its own: no wait for the database is without end, and one that is ends the
    process.
    """
    stream.make_patient()
    for alias in (DEFAULT_DB_ALIAS, LIFECYCLE):
        answer_within(conf.get().answer_seconds, alias=alias)
    if isinstance(sender.scheduler, JobScheduler):
        sender.scheduler.switch = DeadMansSwitch(conf.get().silent_kill_seconds)


@signals.beat_init.connect
def _end_between_turns(sender: Any, **_: Any) -> None:
    """Let SIGTERM and SIGINT end the loop after its turn; beat's own handler would raise inside a
    transaction.
    """

    def end(signum: int, frame: FrameType | None) -> None:
        sender._is_shutdown.set()
        sender.scheduler.wake.set()

    if (
        isinstance(sender.scheduler, JobScheduler)
        and threading.current_thread() is threading.main_thread()
    ):
        signal.signal(signal.SIGTERM, end)
        signal.signal(signal.SIGINT, end)
