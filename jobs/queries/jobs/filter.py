"""Which jobs a list is narrowed to: one search and one set of words, on every surface and in bulk
operations.
"""

from __future__ import annotations

import difflib
import json
from collections.abc import Callable
from dataclasses import dataclass

from django.db.models import Q, QuerySet

from jobs.errors import known_word
from jobs.models import Health, Job, JobStatus
from jobs.params import registry

WORDS_MOST = 5
NEAR_LOOKED_AT = 300
FRAGMENT = 3
UNREGISTERED = "unregistered"
BETWEEN_TAGS = frozenset({"[", "]", "[]", ","})  # in the JSON text of the tags of any job
HEALTHS = {health.name.lower(): health for health in Health}


@dataclass(frozen=True)
class JobFilter:
    """An empty text is no restriction.

    Raises UnknownWord for a ``status`` or a ``health`` that there is not.

    ``name``: exactly this one; ``status``: one of JobStatus; ``health``: one of HEALTHS, or
    UNREGISTERED.
    """

    search: str = ""
    name: str = ""
    status: str = ""
    health: str = ""
    queue: str = ""
    tag: str = ""
    owner: str = ""
    task: str = ""
    pool: str = ""

    def __post_init__(self) -> None:
        known_word(self.status, JobStatus.values, field="status")
        known_word(self.health, [*HEALTHS, UNREGISTERED], field="health")


def matching(jobs: QuerySet[Job], wanted: JobFilter) -> QuerySet[Job]:
    """Those of ``jobs`` with all that is wanted; archived ones only where the status asks for
    them.
    """
    jobs = STATUSES[wanted.status](jobs)
    for field in ("name", "queue", "owner", "task", "pool"):
        if value := getattr(wanted, field):
            jobs = jobs.filter(**{field: value})
    if wanted.tag:
        jobs = jobs.filter(_carries(wanted.tag))
    if wanted.health == UNREGISTERED:
        jobs = jobs.exclude(task__in=registry.registered())
    elif wanted.health:
        jobs = jobs.filter(health__health_rank=HEALTHS[wanted.health])
    return mentioning(jobs, wanted.search)


def mentioning(jobs: QuerySet[Job], search: str) -> QuerySet[Job]:
    """Those whose name, task or tags contain each word of the search; of a long one, the first five
    words.
    """
    for word in search.split()[:WORDS_MOST]:
        jobs = jobs.filter(_mentions(word))
    return jobs


def near_names(jobs: QuerySet[Job], search: str) -> list[str]:
    """One query: up to three names of ``jobs`` like the search, among those that share its
    beginning or its end.
    """
    text = "".join(search.split()[:1])
    parts = {text[:FRAGMENT], text[-FRAGMENT:]} if len(text) >= FRAGMENT else set()
    if not parts:
        return []
    alike = Q()
    for part in parts:
        alike |= Q(name__icontains=part)
    names = (
        jobs.filter(alike, archived_at=None)
        .order_by()
        .values_list("name", flat=True)[:NEAR_LOOKED_AT]
    )
    folded = {name.casefold(): name for name in names}
    return [
        folded[near]
        for near in difflib.get_close_matches(search.casefold(), folded, n=3, cutoff=0.5)
    ]


# A job has one status: the first of archived, paused, broken and active that it can have, as its
# badge says.
STATUSES: dict[str, Callable[[QuerySet[Job]], QuerySet[Job]]] = {
    "": lambda jobs: jobs.filter(archived_at=None),
    JobStatus.ACTIVE: lambda jobs: jobs.filter(
        archived_at=None, enabled=True, state__schedule_error=""
    ),
    JobStatus.PAUSED: lambda jobs: jobs.filter(archived_at=None, enabled=False),
    JobStatus.BROKEN: lambda jobs: jobs.filter(
        archived_at=None, enabled=True, state__schedule_error__gt=""
    ),
    JobStatus.ARCHIVED: lambda jobs: jobs.filter(archived_at__isnull=False),
}


def _mentions(word: str) -> Q:
    """Name, task or a tag contains the word; ``#`` may stand before a tag's."""
    tag = word.lstrip("#") or word
    named = Q(name__icontains=word) | Q(task__icontains=word)
    return (
        named
        if tag in BETWEEN_TAGS
        else named | _in_tags(json.dumps(tag, ensure_ascii=False)[1:-1], json.dumps(tag)[1:-1])
    )


def _carries(tag: str) -> Q:
    """A tag is exactly this one, letter case aside."""
    return _in_tags(json.dumps(tag, ensure_ascii=False), json.dumps(tag))


def _in_tags(*texts: str) -> Q:
    """The JSON text of the tags contains one of these.

    SQLite keeps letters beyond ASCII escaped in it: there ``00e9`` is found in é.
    """
    found = Q()
    for text in set(texts):
        found |= Q(tags__icontains=text)
    return found
