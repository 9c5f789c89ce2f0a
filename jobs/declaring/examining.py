"""What is wrong with the declarations, said without a database: in CI, before any deploy."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from jobs import schedules
from jobs.declaring.discovery import discover
from jobs.declaring.documents import documents_of
from jobs.definition.checking import problems_of
from jobs.definition.fitting import POOLED
from jobs.errors import DomainError, ScheduleError
from jobs.importers.files.drafts import Draft
from jobs.importers.files.problems import Problem
from jobs.importers.files.reading import read_documents
from jobs.importers.planning.validate import SCHEDULE
from jobs.models import Job

Problems = list[Problem]


def problems_of_declarations(now: datetime) -> tuple[Problems, Problems]:
    """The modules that cannot be imported, and the jobs that are wrong."""
    found = discover()
    reading = read_documents(documents_of(found))
    wrong = [
        draft.problem(error.field, error.message, error.hint)
        for draft in reading.drafts
        for error in _wrong(draft, now)
    ]
    return found.problems, [*reading.problems, *wrong]


def _wrong(draft: Draft, now: datetime) -> Iterator[DomainError]:
    """Pools and secrets are looked up when the declarations are synced."""
    job = Job(created_at=now, **draft.values)
    changed = draft.values.keys() - POOLED - SCHEDULE
    yield from problems_of(job, now=now, changed=changed, secrets=None)
    try:
        # One that ran stays declared for a while: its moment may be over.
        if job.rule().kind != "once":
            schedules.check_new(
                job.schedule, job.timezone, now, anchor=job.starts_at, day_rule=job.day_rule
            )
    except ScheduleError as error:
        yield error
