"""Jobs that the application makes while it runs, one for each customer, say: known by a key of its
own.
"""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction

from jobs.access.actor import Actor, Surface
from jobs.actions.jobs import archive_job, create_job, update_job
from jobs.declaring.declaration import Declaration
from jobs.declaring.discovery import Found
from jobs.declaring.documents import documents_of
from jobs.errors import DomainError, InvalidFields, NameTaken
from jobs.importers.files.problems import Problem
from jobs.importers.files.reading import read_documents
from jobs.importers.planning.ownership import APPLICATION
from jobs.models import Job

MAKER = Actor("application", Surface.SYSTEM)


def keep_application_job(key: str, declaration: Declaration, *, now: datetime) -> uuid.UUID:
    """Create the key's job, or let it say what is declared; within the caller's transaction, if
    there is one. Returns its id.

    An operator's pause stays. Raises InvalidFields, NameTaken, or whatever ``create_job`` raises.
    """
    values, source = _values(declaration), APPLICATION + key
    if job := _job_of(source):
        return update_job(job, values, actor=MAKER, now=now).pk
    try:
        with transaction.atomic():
            return create_job(values, actor=MAKER, now=now, source=source).pk
    except (IntegrityError, NameTaken):
        # Another transaction has made it in the meantime, unless the name is somebody else's.
        if job := _job_of(source):
            return update_job(job, values, actor=MAKER, now=now).pk
        raise


def drop_application_job(key: str, *, now: datetime) -> bool:
    """Archive the key's job; returns whether there was one."""
    job = _job_of(APPLICATION + key)
    if job:
        archive_job(job, actor=MAKER, now=now)
    return job is not None


def _job_of(source: str) -> Job | None:
    return Job.objects.filter(source=source, archived_at=None).first()


def _values(declaration: Declaration) -> dict[str, Any]:
    """Every field, those that are left out with their defaults."""
    reading = read_documents(documents_of(Found({declaration.module: [declaration]})))
    if reading.problems:
        raise InvalidFields([_as_error(problem) for problem in reading.problems])
    [draft] = reading.drafts
    return {name: value for name, value in draft.values.items() if name != "source"}


def _as_error(problem: Problem) -> DomainError:
    return DomainError(problem.message, field=problem.field, hint=problem.hint)
