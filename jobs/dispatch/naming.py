"""Which jobs name a secret, or a calendar. One query over the jobs, which are never as many as the
runs.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from django.db.models import QuerySet, TextField
from django.db.models.functions import Cast

from jobs.models import Job
from jobs.redaction.keys import REFERENCE
from jobs.redaction.references import names_in


def jobs_naming(name: str) -> Iterator[Job]:
    """The unarchived jobs that name this secret, by name; they have no more than id, name, tags and
    params.
    """
    found = (
        _referring(f'"{REFERENCE}": "{name}"').only("id", "name", "tags", "params").order_by("name")
    )
    return (job for job in found.iterator() if name in names_in(job.params))


def jobs_referring() -> Iterator[tuple[Job, list[str]]]:
    """Every unarchived job that names secrets, by its name, with theirs; it has no more than the
    jobs above.
    """
    found = _referring(f'"{REFERENCE}"').only("id", "name", "tags", "params").order_by("name")
    return ((job, names) for job in found.iterator() if (names := names_in(job.params)))


def count_naming() -> Counter[str]:
    """How many unarchived jobs name each secret."""
    rows = _referring(f'"{REFERENCE}"').order_by().values_list("params", flat=True)
    return Counter(name for params in rows.iterator() for name in names_in(params))


def jobs_with_calendar(name: str) -> QuerySet[Job]:
    """The unarchived jobs that name this calendar, and no other; one query over the jobs."""
    rows = Job.objects.unarchived().exclude(calendars=[]).order_by()
    found = [pk for pk, names in rows.values_list("pk", "calendars") if name in names]
    return Job.objects.filter(pk__in=found).order_by("name")


def count_calendars() -> Counter[str]:
    """How many unarchived jobs name each calendar."""
    rows = Job.objects.unarchived().exclude(calendars=[]).order_by()
    return Counter(name for names in rows.values_list("calendars", flat=True) for name in names)


def _referring(text: str) -> QuerySet[Job]:
    """Both databases write a reference in the same way."""
    return (
        Job.objects.unarchived()
        .annotate(text=Cast("params", TextField()))
        .filter(text__contains=text)
    )
