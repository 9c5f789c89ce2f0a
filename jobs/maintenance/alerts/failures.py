"""Jobs that fail, and failures that nobody has resolved; those of one error have one cause."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Collection, Iterator
from itertools import chain

from django.db.models import OuterRef, Subquery

from jobs import conf
from jobs.maintenance.alerts.detectors import Detected, Finding, Look
from jobs.models import AlertKind, Job, Run, RunState
from jobs.queries.attention.alerts import (
    FAILED,
    dead_letters_by_job,
    dead_letters_sentence,
    failing_sentence,
)

NEWEST_FAILURES = 1_000
JOB_AND_NUMBER = ("job_id", "job__failures_before_alert")


def failing(look: Look) -> Detected:
    """Jobs whose last runs that ended by themselves all failed or timed out: as many as the job
    says, or ``failing_after``.

    Candidates are the jobs of the newest failures and those whose alert is open: a success is
    looked for only there. A job whose second failure was pushed out of the newest 1,000 of its
    state within one look is seen at its next.
    """
    numbers: dict[uuid.UUID, int | None] = {}
    for state in FAILED:
        newest = Run.objects.filter(state=state).newest_first()
        numbers |= dict(newest.values_list(*JOB_AND_NUMBER)[:NEWEST_FAILURES])
    if told := {uuid.UUID(subject) for subject in look.subjects(AlertKind.FAILING)} - set(numbers):
        numbers |= dict(Job.objects.filter(pk__in=told).values_list("pk", "failures_before_alert"))
    by_number: dict[int, list[uuid.UUID]] = defaultdict(list)
    for job, own in numbers.items():
        by_number[own or conf.get().failing_after].append(job)
    found = (_in_a_row(number, jobs) for number, jobs in by_number.items())
    return Detected(list(chain.from_iterable(found)))


def _in_a_row(number: int, candidates: Collection[uuid.UUID]) -> Iterator[Finding]:
    """One query."""
    ended = Run.objects.filter(
        job=OuterRef("pk"), state__in=[RunState.SUCCEEDED, *FAILED]
    ).newest_first()
    # Scalar subqueries, each a short range of one job's newest runs; an EXISTS may be turned into a
    # scan of all runs.
    first = (
        Job.objects.unarchived()
        .filter(pk__in=candidates)
        .annotate(first=Subquery(ended.values("pk")[number - 1 : number]))
        .filter(first__isnull=False)
    )
    success = ended.filter(state=RunState.SUCCEEDED, pk__gte=OuterRef("first")).values("pk")[:1]
    newest = {name: Subquery(ended.values(name)[:1]) for name in ("error", "fingerprint")}
    failed = first.annotate(
        success=Subquery(success), **newest, run=Subquery(ended.values("pk")[:1])
    )
    rows = failed.filter(success=None).values_list(
        "pk", "name", "health__consecutive_failures", "error", "fingerprint", "run"
    )
    for pk, name, row, error, fingerprint, run in rows:
        message = failing_sentence(name, max(number, row or 0), error)[:1000]
        yield Finding(str(pk), message, pk, cause=_cause(fingerprint), run_id=run)


def dead_letters(look: Look) -> Detected:
    """Jobs with failed runs that nobody has resolved."""
    rows, is_complete = dead_letters_by_job()
    findings = [
        Finding(
            str(job),
            dead_letters_sentence(name, dead.number, is_whole=is_complete),
            job,
            cause=_cause(dead.fingerprint),
        )
        for (job, name), dead in rows.items()
    ]
    return Detected(findings, is_complete)


def _cause(fingerprint: str) -> str:
    return f"error:{fingerprint}" if fingerprint else ""
