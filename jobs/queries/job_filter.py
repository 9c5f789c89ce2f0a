"""Which jobs a list is narrowed to."""

from __future__ import annotations

import difflib
import json
from collections.abc import Callable, Collection
from dataclasses import dataclass

from django.db.models import Q, QuerySet

from jobs.models import Health, Job

WORDS_MOST = 5
NEAR_LOOKED_AT = 300
FRAGMENT = 3
UNREGISTERED = "unregistered"
HEALTHS = {health.name.lower(): health for health in Health}


@dataclass(frozen=True)
class JobFilter:
    """An empty text is no restriction. ``state``: enabled, paused, broken, archived; ``health``: one of HEALTHS."""

    search: str = ""
    state: str = ""
    health: str = ""
    queue: str = ""
    tag: str = ""
    owner: str = ""
    task: str = ""
    pool: str = ""


def matching(jobs: QuerySet[Job], wanted: JobFilter, known_tasks: Collection[str]) -> QuerySet[Job]:
    """Those of ``jobs`` with all that is wanted; archived ones only where the state asks for them."""
    jobs = _in_state(jobs, wanted.state)
    for field in ("queue", "owner", "task", "pool"):
        if value := getattr(wanted, field):
            jobs = jobs.filter(**{field: value})
    if wanted.tag:
        jobs = jobs.filter(_carries(wanted.tag))
    if wanted.health == UNREGISTERED:
        jobs = jobs.exclude(task__in=known_tasks)
    elif wanted.health:
        jobs = jobs.filter(health__health_rank=HEALTHS[wanted.health])
    for word in wanted.search.split()[:WORDS_MOST]:
        jobs = jobs.filter(_mentions(word))
    return jobs


def near_names(jobs: QuerySet[Job], search: str) -> list[str]:
    """One query: up to three names of ``jobs`` like the search, among those that share its beginning or its end."""
    text = "".join(search.split()[:1])
    parts = {text[:FRAGMENT], text[-FRAGMENT:]} if len(text) >= FRAGMENT else set()
    if not parts:
        return []
    alike = Q()
    for part in parts:
        alike |= Q(name__icontains=part)
    names = jobs.filter(alike, archived_at=None).order_by().values_list("name", flat=True)[:NEAR_LOOKED_AT]
    folded = {name.casefold(): name for name in names}
    return [folded[near] for near in difflib.get_close_matches(search.casefold(), folded, n=3, cutoff=0.5)]


STATES: dict[str, Callable[[QuerySet[Job]], QuerySet[Job]]] = {
    "enabled": lambda jobs: jobs.filter(enabled=True),
    "paused": lambda jobs: jobs.filter(enabled=False),
    "broken": lambda jobs: jobs.exclude(state__schedule_error=""),
}


def _in_state(jobs: QuerySet[Job], state: str) -> QuerySet[Job]:
    if state == "archived":
        return jobs.filter(archived_at__isnull=False)
    jobs = jobs.filter(archived_at=None)
    return STATES[state](jobs) if state in STATES else jobs


def _mentions(word: str) -> Q:
    """Name, task or tags contain the word."""
    tag = word.lstrip("#") or word
    return Q(name__icontains=word) | Q(task__icontains=word) | _in_tags(tag, json.dumps(tag)[1:-1])


def _carries(tag: str) -> Q:
    """A tag is exactly this one, letter case aside."""
    return _in_tags(json.dumps(tag, ensure_ascii=False), json.dumps(tag))


def _in_tags(*texts: str) -> Q:
    """The JSON text of the tags contains one of these; some databases keep its letters escaped."""
    found = Q()
    for text in set(texts):
        found |= Q(tags__icontains=text)
    return found
