"""What the database already has of the jobs in a file, read in chunks."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any, TypeVar

from jobs.access.actor import Actor
from jobs.access.visible import visible_jobs
from jobs.importers.files.drafts import Draft
from jobs.models import Job

CHUNK = 1000
ALWAYS = ("id", "name", "source", "enabled", "paused_by", "tags")

Item = TypeVar("Item")
Row = dict[str, Any]


def chunks(items: Sequence[Item]) -> Iterator[Sequence[Item]]:
    return (items[start : start + CHUNK] for start in range(0, len(items), CHUNK))


def rows_of(drafts: Sequence[Draft]) -> dict[str, Row]:
    """Job name → the stored values of the fields that the drafts speak of."""
    return _rows([draft.name for draft in drafts], drafts)


def renamed_rows(drafts: Sequence[Draft], rows: Mapping[str, Row]) -> dict[str, Row]:
    """New name → the stored values of the job that has the name before, where none has the new
    one and no draft means the old one.
    """
    names = {draft.name for draft in drafts}
    new_names = {
        draft.was: draft.name
        for draft in drafts
        if draft.was and draft.name not in rows and draft.was not in names
    }
    found = _rows(list(new_names), drafts) if new_names else {}
    return {new_names[name]: row for name, row in found.items()}


def _rows(names: Sequence[str], drafts: Sequence[Draft]) -> dict[str, Row]:
    fields = sorted(
        {
            *ALWAYS,
            *(field for keys in {frozenset(draft.values) for draft in drafts} for field in keys),
        }
    )
    rows: dict[str, Row] = {}
    for chunk in chunks(names):
        jobs = Job.objects.filter(name__in=chunk, archived_at=None).order_by()
        rows |= {row["name"]: row for row in jobs.values(*fields)}
    return rows


def is_hidden(row: Row, actor: Actor) -> bool:
    """Whether tags keep this job from the actor."""
    return actor.tags is not None and actor.tags.isdisjoint(row["tags"])


def archived_of(drafts: Sequence[Draft], *, actor: Actor) -> set[tuple[str, str, str]]:
    """(name, source, schedule) of the archived jobs that have the drafts' names, if the actor sees
    them.
    """
    found: set[tuple[str, str, str]] = set()
    for chunk in chunks([draft.name for draft in drafts]):
        archived = visible_jobs(actor).filter(name__in=chunk, archived_at__isnull=False)
        found |= set(archived.values_list("name", "source", "schedule"))
    return found


def jobs_of(ids: Iterable[Any]) -> dict[Any, Job]:
    """Job id → the whole job with its state."""
    jobs: dict[Any, Job] = {}
    for chunk in chunks(list(ids)):
        jobs |= Job.objects.select_related("state").in_bulk(chunk)
    return jobs


def ids_no_longer_in(source: str, names: Collection[str], *, actor: Actor) -> list[Any]:
    """The ids of the running jobs that ``source`` owns and no longer names, if the actor sees
    them.
    """
    owned = (
        visible_jobs(actor).filter(source=source, archived_at=None, enabled=True).order_by("name")
    )
    return [job_id for job_id, name in owned.values_list("id", "name") if name not in names]
