"""Old runs, deleted with all that belongs to them: their logs, their attempts, themselves."""

from __future__ import annotations

import time
import uuid
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import chain, islice
from typing import NamedTuple

from django.db import transaction
from django.db.models import F, Q, QuerySet
from django_celery_results.models import TaskResult

from jobs import conf
from jobs.models import Run, RunLog, RunState
from jobs.models.run import message_id

# A failure that nobody has looked into is kept for so much longer.
DEAD_LETTER_TIMES = 4
IDS_AT_ONCE = 5_000
ROUND = timedelta(days=1)
BATCHES = 20
SECONDS = 1.0
LONGEST_REST = 0.2


class OldRun(NamedTuple):
    """What is read of a run to decide whether it goes."""

    id: uuid.UUID
    finished_at: datetime
    state: str
    resolved_at: datetime | None
    publish_count: int
    attempt: int
    own_days: int | None

    def is_expired(self, now: datetime) -> bool:
        days = self.own_days or conf.get().retention_days
        is_dead = self.state in {RunState.FAILED, RunState.TIMED_OUT} and self.resolved_at is None
        return self.finished_at < now - timedelta(days=days * (DEAD_LETTER_TIMES if is_dead else 1))


def old_runs(runs: QuerySet[Run]) -> list[OldRun]:
    """One page of these runs, in their order; they must be over."""
    fields = ("id", "finished_at", "state", "resolved_at", "publish_count", "attempt")
    rows = runs.values_list(*fields, F("job__retention_days"))[: conf.get().retention_batch]
    return [OldRun(*row) for row in rows]


class Budget:
    """How much one call may do: the leader's other services wait meanwhile."""

    def __init__(self) -> None:
        self.batches = BATCHES
        self.until = time.monotonic() + SECONDS
        self.counts: Counter[str] = Counter()

    @property
    def is_spent(self) -> bool:
        return self.batches <= 0 or time.monotonic() >= self.until

    def prune(self, runs: Sequence[OldRun], now: datetime) -> int:
        """Delete those that are expired, at the cost of one batch; returns how many."""
        expired = [run for run in runs if run.is_expired(now)]
        if expired:
            self.batches -= 1
            began = time.monotonic()
            self.counts += _delete(expired)
            # As long a rest as the work took: where there is one writer at a time, the others come
            # in between.
            time.sleep(min(time.monotonic() - began, LONGEST_REST))
        return len(expired)


class RunSweep:
    """Goes along the index of finished runs, the oldest first, up to the age that holds for all
    jobs.

    It goes on from where it stopped: what is kept longer is read once a day, not at every call.
    """

    def __init__(self) -> None:
        self.began: datetime | None = None
        self.after: tuple[datetime, uuid.UUID] | None = None

    def run_once(self, now: datetime) -> Counter[str]:
        if self.began is None or now - self.began >= ROUND:
            self.began, self.after = now, None
        budget = Budget()
        while not budget.is_spent and (page := old_runs(self._next(now))):
            budget.prune(page, now)
            self.after = page[-1].finished_at, page[-1].id
        return budget.counts

    def _next(self, now: datetime) -> QuerySet[Run]:
        runs = Run.objects.filter(finished_at__lt=now - timedelta(days=conf.get().retention_days))
        if self.after:
            moment, run_id = self.after
            beyond = Q(finished_at__gt=moment) | Q(finished_at=moment, id__gt=run_id)
            runs = runs.filter(beyond, finished_at__gte=moment)
        return runs.order_by("finished_at", "id")


def _delete(runs: Sequence[OldRun]) -> Counter[str]:
    """Logs go first and in transactions of their own: one run may have thousands of pieces."""
    ids = [run.id for run in runs]
    logs = _delete_logs(ids)
    with transaction.atomic():
        _, deleted = Run.objects.filter(pk__in=ids, state__in=RunState.final()).delete()
        attempts = sum(
            TaskResult.objects.filter(task_id__in=some).delete()[0]
            for some in _chunks(_task_ids(runs))
        )
    return Counter(runs=deleted.get(Run._meta.label, 0), attempts=attempts, logs=logs)


def _delete_logs(run_ids: Sequence[uuid.UUID]) -> int:
    pieces = (
        RunLog.objects.filter(run__in=run_ids)
        .order_by("run", "attempt", "seq")
        .values_list("pk", flat=True)
    )
    total = 0
    while found := list(pieces[: conf.get().retention_batch]):
        total += RunLog.objects.filter(pk__in=found).delete()[0]
    return total


def _task_ids(runs: Sequence[OldRun]) -> Iterator[str]:
    """The ids that attempts of these runs can have; a run that was never claimed has none."""
    claimed = [run for run in runs if run.attempt]
    return chain.from_iterable(
        (message_id(r.id, n) for n in range(1, r.publish_count + 1)) for r in claimed
    )


def _chunks(ids: Iterator[str]) -> Iterator[list[str]]:
    while some := list(islice(ids, IDS_AT_ONCE)):
        yield some
