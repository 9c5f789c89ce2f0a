"""A batch of a bulk operation: the next items in the order of their ids, each done by its own
action.

A batch is taken before it is worked off and given back with its counts, so two leaders never work
on the same one. What a crash leaves half done is taken again after ``ABANDONED``: its items are
looked at once more, are found to be done, and count as skipped. A run is asked for under a key that
belongs to the operation, so no job runs twice.
"""

from __future__ import annotations

import logging
import time
import uuid
from datetime import datetime, timedelta
from typing import Any

from django.core.exceptions import ObjectDoesNotExist
from django.db import InterfaceError, OperationalError
from django.db.models import F, Q

from jobs.access.actor import Actor
from jobs.access.remembering import actor_kept
from jobs.database.locks import is_lock_timeout, with_lock_holders
from jobs.errors import DomainError
from jobs.maintenance.bulk.verbs import ItemOutcome, Order, do
from jobs.models import BulkOperation, BulkState, BulkVerb, Job, Run
from jobs.models.bulk_operation import OPEN
from jobs.params.limits import UNSTORABLE
from jobs.queries.bulk import count_matched, matched

logger = logging.getLogger(__name__)

BATCH_SIZE = 50
ABANDONED = timedelta(seconds=30)
FAILURES_KEPT = 100


def work_off_a_batch(pk: uuid.UUID, now: datetime, until: float) -> Batch | None:
    """Take a batch, work it off and give it back; None as for ``take``."""
    batch = take(pk, now)
    if batch is None:
        return None
    try:
        batch.work(until)
    finally:
        batch.give_back()
    return batch


def take(pk: uuid.UUID, now: datetime) -> Batch | None:
    """The operation's next batch; None while another leader works on it, and once it is over."""
    free = Q(taken_at=None) | Q(taken_at__lt=now - ABANDONED)
    if not BulkOperation.objects.filter(free, pk=pk, state__in=OPEN).update(taken_at=now):
        return None
    operation = BulkOperation.objects.get(pk=pk)
    batch = Batch(operation, now)
    if operation.state == BulkState.QUEUED:
        batch.begin()
    return batch


class Batch:
    """The next few items of one operation, and what became of them."""

    def __init__(self, operation: BulkOperation, now: datetime) -> None:
        self.operation = operation
        self.now = now
        self.actor: Actor = actor_kept(operation.created_by, operation.rights)
        self.done = 0
        self.skipped = 0
        self.failures: list[dict[str, str]] = []
        self.cursor = operation.cursor
        self.is_last = self.has_more = False

    def begin(self) -> None:
        """Count what there is to do."""
        total = count_matched(self._left())
        queued = BulkOperation.objects.filter(pk=self.operation.pk, state=BulkState.QUEUED)
        queued.update(state=BulkState.RUNNING, started_at=self.now, total=total)

    def work(self, until: float) -> None:
        """Do it to the next items: ``BATCH_SIZE`` of them, fewer where a rate says so or it is time
        to stop.
        """
        size = min(BATCH_SIZE, self._allowed())
        items = list(self._left().order_by("pk")[:size])
        for item in items:
            self._do(item)
            self.cursor = item.pk
            if time.monotonic() >= until:
                break
        is_worked_off = not items or self.cursor == items[-1].pk
        self.is_last = is_worked_off and len(items) < size
        self.has_more = is_worked_off and len(items) == BATCH_SIZE

    def give_back(self) -> None:
        """Add to the counts, if the batch is still ours; the last one ends the operation that
        nobody has cancelled.
        """
        mine = BulkOperation.objects.filter(pk=self.operation.pk, taken_at=self.now)
        kept = (self.operation.failures + self.failures)[:FAILURES_KEPT]
        counted = mine.update(
            cursor=self.cursor,
            done=F("done") + self.done,
            failed=F("failed") + len(self.failures),
            skipped=F("skipped") + self.skipped,
            failures=kept,
            taken_at=None,
        )
        if counted and self.is_last:
            running = BulkOperation.objects.filter(pk=self.operation.pk, state=BulkState.RUNNING)
            running.update(state=BulkState.DONE, finished_at=self.now)

    def _left(self) -> Any:
        order = self.operation
        rows: Any = matched(order.verb, order.filter, self.actor, order.arguments)
        verb = BulkVerb(order.verb)
        if not verb.is_for_jobs:
            rows = rows.select_related("job")
            if verb != BulkVerb.CANCEL:  # what ends only now was not meant
                rows = rows.filter(finished_at__lte=order.created_at)
        rows = rows.filter(pk__lte=order.last_id) if order.last_id else rows.none()
        return rows.filter(pk__gt=order.cursor) if order.cursor else rows

    def _allowed(self) -> int:
        """With a rate, as many as are due by now."""
        rate = self.operation.arguments.get("rate")
        if rate is None:
            return BATCH_SIZE
        began = self.operation.started_at or self.now
        return max(0, int((self.now - began).total_seconds() * rate) + 1 - self.operation.seen)

    def _do(self, item: Job | Run) -> None:
        order = Order(self.operation, self.actor, self.now)
        try:
            outcome = do(item, order)
        except DomainError as error:
            self._fail(item, f"{error.field}: {error}" if error.field else str(error))
        except ObjectDoesNotExist:
            self.skipped += 1  # deleted since the batch was taken
        except (OperationalError, InterfaceError) as error:
            if not is_lock_timeout(error):
                raise
            self._fail(item, f"locked by another transaction: {with_lock_holders(error)}")
        except Exception as error:
            logger.exception(
                "bulk operation: an item failed", extra={"bulk": str(self.operation.pk)}
            )
            self._fail(item, f"{type(error).__name__}: {error}")
        else:
            self.done += outcome is ItemOutcome.DONE
            self.skipped += outcome is ItemOutcome.SKIPPED

    def _fail(self, item: Job | Run, reason: str) -> None:
        name = item.name if isinstance(item, Job) else item.job.name
        self.failures.append(
            {"id": str(item.pk), "name": name, "reason": UNSTORABLE.sub("?", reason[:500])}
        )
