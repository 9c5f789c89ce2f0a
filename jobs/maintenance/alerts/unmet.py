"""Expectations of jobs that were not met: told until the job has succeeded since."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any, NamedTuple

from django.db.models import OuterRef, Subquery

from jobs.maintenance.alerts.detectors import MOST, Detected, Finding, Look
from jobs.models import AlertKind, JobHealth, Miss, Run
from jobs.moments import stamp
from jobs.words import duration

#: The field of the job that says what is expected; without it nobody waits for better news.
EXPECTED_IN = {
    AlertKind.OVERDUE: "must_succeed_by",
    AlertKind.SLOW: "longest_run",
    AlertKind.SHORT: "shortest_run",
    AlertKind.SMALL_OUTPUT: "least_output",
}


COLUMNS = (
    "id", "kind", "job_id", "run_id", "at", "message", "job__name",
    "job__health__last_success_at", "job__archived_at",
    *(f"job__{field}" for field in EXPECTED_IN.values()),
)  # fmt: skip


class OpenMiss(NamedTuple):
    """A miss that is not over, and what its job has done since."""

    id: int
    kind: str
    job_id: uuid.UUID
    run_id: uuid.UUID
    at: datetime
    message: str
    name: str
    last_success_at: datetime | None
    archived_at: datetime | None
    expected: str

    @classmethod
    def of(cls, row: Sequence[Any]) -> OpenMiss:
        """From the values of COLUMNS."""
        own, expected = row[: -len(EXPECTED_IN)], row[-len(EXPECTED_IN) :]
        by_kind = dict(zip(EXPECTED_IN, expected, strict=True))
        return cls._make([*own, by_kind[AlertKind(row[1])]])

    @property
    def is_over(self) -> bool:
        has_succeeded = self.last_success_at is not None and self.last_success_at > self.at
        return has_succeeded or self.archived_at is not None or not self.expected


class Unmet:
    """The detectors of all kinds of misses: one query for all of them at each look."""

    def __init__(self) -> None:
        self._look: Look | None = None
        self._misses: list[OpenMiss] = []

    def detectors(self) -> dict[AlertKind, Callable[[Look], Detected]]:
        return {kind: partial(self.unmet, kind) for kind in EXPECTED_IN}

    def unmet(self, kind: AlertKind, look: Look) -> Detected:
        """Jobs with a miss of this kind that is not over; one per job, about its newest miss.

        A miss is over once its job has succeeded after it, was archived or no longer expects it. It
        is told at least once: one that is found out late is over at the next look.
        """
        misses = [miss for miss in self._open(look) if miss.kind == kind]
        over = {m.job_id for m in misses if str(m.job_id) in look.subjects(kind)} - _lasting(misses)
        ids = [miss.id for miss in misses if miss.job_id in over]
        if ids:
            Miss.objects.filter(pk__in=ids, over_at=None).update(over_at=look.now)
        open_now = [miss for miss in misses if miss.job_id not in over]
        return Detected(_findings(open_now), is_complete=len(self._misses) < MOST)

    def _open(self, look: Look) -> Sequence[OpenMiss]:
        if self._look is not look:
            rows = Miss.objects.filter(over_at=None).order_by("kind", "job", "-at")
            self._misses = [OpenMiss.of(row) for row in rows.values_list(*COLUMNS)[:MOST]]
            self._look = look
        return self._misses


def _lasting(misses: Sequence[OpenMiss]) -> set[uuid.UUID]:
    return {miss.job_id for miss in misses if not miss.is_over}


def _findings(misses: Sequence[OpenMiss]) -> list[Finding]:
    by_job: dict[uuid.UUID, list[OpenMiss]] = {}
    for miss in misses:
        by_job.setdefault(miss.job_id, []).append(miss)
    return [_finding(newest, len(earlier)) for newest, *earlier in by_job.values()]


def _finding(miss: OpenMiss, earlier: int) -> Finding:
    more = f" The same holds of {earlier:,} before it." if earlier else ""
    message = f"{miss.name}: {miss.message[: 1000 - len(miss.name) - len(more) - 2]}{more}"
    return Finding(str(miss.job_id), message, miss.job_id, run_id=miss.run_id)


def no_run(look: Look) -> Detected:
    """Jobs that have not started a run for longer than they may be silent.

    Candidates are those that have not ended one either, which an index holds; a run at work or one
    that has just ended speaks for its job.
    """
    silent = JobHealth.objects.filter(
        silent_from__lte=look.now, is_paused=False, is_archived=False
    ).order_by("silent_from")
    started = Run.objects.filter(job=OuterRef("job"), started_at__isnull=False).newest_first()
    rows = silent.annotate(started_at=Subquery(started.values("started_at")[:1])).values_list(
        "job_id", "job_name", "silent_from", "longest_silence_seconds", "started_at"
    )
    candidates = [Silent(*row) for row in rows[:MOST]]  # type: ignore[arg-type]
    findings = [job.finding() for job in candidates if job.is_silent(look.now)]
    return Detected(findings, is_complete=len(candidates) < MOST)


class Silent(NamedTuple):
    """A job that has not ended a run for too long, and when its newest one has started."""

    job_id: uuid.UUID
    name: str
    silent_from: datetime
    seconds: int
    started_at: datetime | None

    def is_silent(self, now: datetime) -> bool:
        return self.started_at is None or self.started_at <= now - timedelta(seconds=self.seconds)

    def finding(self) -> Finding:
        since = stamp(self.silent_from - timedelta(seconds=self.seconds))
        message = (
            f"{self.name}: no run has started since {since}; one is expected at least every "
            f"{duration(self.seconds)}"
        )
        return Finding(str(self.job_id), message, self.job_id)
