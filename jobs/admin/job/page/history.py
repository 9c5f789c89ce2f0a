"""The history of one job: what was done to it, and what it said before, ready to be restored."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from jobs.access.actor import actor_of
from jobs.access.audit import difference
from jobs.actions.jobs import restore_version
from jobs.actions.versions import definition
from jobs.admin.audit.listing import FieldChange, audit_row, field_changes, pager
from jobs.admin.look import paging
from jobs.admin.look.times import Moment, moment
from jobs.errors import DomainError, Forbidden
from jobs.models import Job
from jobs.queries.access.audit import AuditFilter, audit_page
from jobs.queries.jobs.page import versions_of

PRUNED = "the previous version is no longer kept"


@dataclass(frozen=True)
class VersionRow:
    """One version: when and by whom it was saved, and what it changed of the one before."""

    number: int
    is_current: bool
    saved: Moment
    by: str
    changes: list[FieldChange]


def history(request: HttpRequest, job: Job, now: datetime) -> dict[str, Any]:
    """The page's context: two queries beside the job's own."""
    after, before = (paging.identifier(request, name) for name in ("after", "before"))
    page = audit_page(
        AuditFilter(job_id=job.pk), actor=actor_of(request), after=after, before=before
    )
    return {
        "job": job,
        "rows": [audit_row(entry, now) for entry in page.rows],
        "pager": pager(request, page),
        "versions": version_rows(job, now),
        "created": moment(job.created_at, now, job.timezone),
        "can_restore": actor_of(request).may("beatwright.change_job") and job.archived_at is None,
    }


def version_rows(job: Job, now: datetime) -> list[VersionRow]:
    """The present version first; of the oldest one that is kept nothing can be said that it
    changed.
    """
    kept = versions_of(job)
    said = [definition(job), *(version.fields for version in kept)]
    numbers = [job.version, *(version.version for version in kept)]
    first = job.created_at if numbers[-1] == 1 else None
    saved = [*(version.replaced_at for version in kept), first]
    by = [*(version.replaced_by for version in kept), ""]
    changes = [difference(old, new) for new, old in pairwise(said)] + [{}]
    return [
        VersionRow(
            number,
            index == 0,
            moment(saved[index], now, job.timezone, absent=PRUNED),
            by[index],
            field_changes(changes[index]),
        )
        for index, number in enumerate(numbers)
    ]


def restore(request: HttpRequest, job: Job, now: datetime) -> HttpResponse:
    """Restore the version that the button names, and go back to the history."""
    text = request.POST.get("version", "")
    version = int(text) if text.isdecimal() and len(text) < 10 else 0
    try:
        saved = restore_version(job, version, actor=actor_of(request), now=now)
        messages.success(request, f"Restored version {version} of {saved.name}.")
    except Forbidden:
        raise
    except DomainError as error:
        messages.error(request, f"Not restored: {error.field}: {error}")
    return HttpResponseRedirect(reverse("beatwright:beatwright_job_history", args=[job.pk]))
