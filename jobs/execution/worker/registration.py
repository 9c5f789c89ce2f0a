"""The worker's row: who it is, what it consumes and knows, and that it lives."""

from __future__ import annotations

import logging
import os
import platform
from datetime import timedelta
from typing import Any

from django.db.models import Case, F, QuerySet, When
from django.db.models.functions import Now

from jobs.execution.consumer import junk
from jobs.execution.consumer.refusals import refusals
from jobs.execution.isolation import processes
from jobs.execution.sidecar.asking import from_database
from jobs.execution.slots import board
from jobs.execution.supervision.in_flight import active_requests, copy_of, in_hand
from jobs.execution.supervision.predecessors import bury, dead_workers
from jobs.execution.supervision.stuck import StuckChildren
from jobs.lifecycle.connections import LIFECYCLE
from jobs.models import Alert, AlertKind, Worker
from jobs.queries.attention.alerts import refused_sentence

logger = logging.getLogger(__name__)

FORGOTTEN_AFTER = timedelta(days=7)
OF_A_LIFE = (
    "host", "identity", "pid", "tasks", "started_at", "stopped_at", "stop_requested_at",
    "stop_requested_by", "vouched",
    "refused_at",
)  # fmt: skip


class Registration:
    """Writes the row at the start, renews it at each heartbeat, and ends it with the worker."""

    def __init__(self, worker: Any, stuck: StuckChildren) -> None:
        self.worker, self.name, self.stuck = worker, str(worker.hostname), stuck
        self.host, self.identity = platform.node(), processes.identity()
        self.is_registered, self.refusals_told = False, 0

    def run_once(self) -> dict[str, int]:
        """The first time, what earlier workers of this host left behind comes first; their names
        may be ours.
        """
        moment = self._of_the_moment()
        recovered = self._write(moment)
        if moment["refused_messages"] > self.refusals_told:
            from_database(
                tell_of_refusals, self.name, moment["refused_messages"], moment["refused_last"]
            )
            self.refusals_told = moment["refused_messages"]
        return recovered

    def _write(self, moment: dict[str, Any]) -> dict[str, int]:
        if self.is_registered and from_database(beat, self.name, self.identity, moment):
            return {}
        recovered = 0 if self.is_registered else self._recover()
        if self.is_registered:
            logger.warning("another worker has taken the name %s, or its row is gone", self.name)
        from_database(introduce, self._of_a_life() | moment)
        self.is_registered = True
        return {"runs of dead workers recovered": recovered}

    def goodbye(self) -> None:
        """Nothing is expected of this worker any more."""
        from_database(note_end, self.name, self.identity)

    def asked_to_stop_by(self) -> str:
        """Who asked this very process to shut down; empty while nobody did."""
        return from_database(stop_requested_by, self.name, self.identity)

    def queues(self) -> list[str]:
        """The queues that it consumes, with those added since it started."""
        return sorted(copy_of(lambda: self.worker.app.amqp.queues.consume_from))

    def _recover(self) -> int:
        recovered = 0
        for dead, left in from_database(dead_workers, self.name, self.host, self.identity):
            # Asked for after the runs were read: what this process runs under the same name was in
            # its hands before.
            ours = {(message.run_id, message.publish) for message in in_hand()}
            theirs = [one for one in left if (one.run_id, one.publish) not in ours]
            recovered += from_database(bury, dead, theirs)
        return recovered

    def _of_a_life(self) -> dict[str, Any]:
        tasks = sorted(self.worker.app.tasks)
        return {
            "name": self.name,
            "host": self.host,
            "identity": self.identity,
            "pid": os.getpid(),
            "tasks": tasks,
        }

    def _of_the_moment(self) -> dict[str, Any]:
        slots = getattr(self.worker, "max_concurrency", None) or self.worker.concurrency
        return {
            "queues": self.queues(),
            "concurrency": slots,
            "busy": len(active_requests()),
            "stuck": self.stuck.now,
            "children_killed": self.stuck.killed,
            "children_replaced": board.replaced,
            "junk_messages": junk.Count.total,
            "refused_messages": refusals.total,
            "refused_last": refusals.last,
        }


def beat(name: str, identity: str, moment: dict[str, Any]) -> int:
    """Renew the row of this very process; 0 where it is gone or another's."""
    more = When(refused_messages__lt=moment["refused_messages"], then=Now())
    return _own(name, identity).update(
        heartbeat_at=Now(), refused_at=Case(more, default=F("refused_at")), **moment
    )


def introduce(row: dict[str, Any]) -> None:
    """Write the row anew, and delete those of workers that have not been heard of for a week."""
    now: Any = Now()
    workers = Worker.objects.using(LIFECYCLE)
    fields = [name for name in {*OF_A_LIFE, "heartbeat_at", *row} if name != "name"]
    refused = now if row["refused_messages"] else None
    new = Worker(**row, started_at=now, heartbeat_at=now, refused_at=refused)
    workers.bulk_create([new], update_conflicts=True, unique_fields=["name"], update_fields=fields)
    workers.filter(heartbeat_at__lt=Now() - FORGOTTEN_AFTER).delete()


def tell_of_refusals(name: str, times: int, last: str) -> None:
    """Open the alert, unless it is open; the scheduler that leads closes it an hour after the last
    of them.
    """
    now: Any = Now()
    said = {"message": refused_sentence(name, times, last)[:1000], "opened_at": now, "seen_at": now}
    alert = Alert(kind=AlertKind.REFUSED, subject=name, **said)
    Alert.objects.using(LIFECYCLE).bulk_create([alert], ignore_conflicts=True)


def note_end(name: str, identity: str) -> None:
    """Note that this very process has ended."""
    _own(name, identity).update(stopped_at=Now(), busy=0, stuck=0)


def stop_requested_by(name: str, identity: str) -> str:
    """Who asked this very process to shut down; empty while nobody did."""
    asked = (
        _own(name, identity)
        .filter(stop_requested_at__isnull=False)
        .values_list("stop_requested_by", flat=True)
    )
    return str(asked.first() or "")


def _own(name: str, identity: str) -> QuerySet[Worker]:
    return Worker.objects.using(LIFECYCLE).filter(pk=name, identity=identity)
