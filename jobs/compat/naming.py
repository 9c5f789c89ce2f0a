"""A name that is taken gets " (2)": the older systems let two jobs have the same."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from itertools import count
from typing import Any

from jobs.access.actor import Actor
from jobs.actions.jobs import create_job
from jobs.definition.checking import NAME_FORBIDDEN
from jobs.errors import NameTaken
from jobs.models import Job

LONGEST = 200
TRIES = 5


def create_named(values: dict[str, Any], *, actor: Actor, now: datetime) -> Job:
    """``create_job`` under the name asked for, or the next one that is free; raises what
    ``create_job`` raises.
    """
    for _ in range(TRIES - 1):
        try:
            return create_job(values | {"name": free_name(values["name"])}, actor=actor, now=now)
        except NameTaken:
            continue  # somebody was faster: look again
    return create_job(values | {"name": free_name(values["name"])}, actor=actor, now=now)


def free_name(name: str) -> str:
    """The name itself, or with the first number in brackets that no unarchived job has.

    One that cannot be a name is left to the action to refuse.
    """
    if NAME_FORBIDDEN.search(name):
        return name
    stem = name[: LONGEST - 8]
    taken = set(
        Job.objects.filter(archived_at=None, name__startswith=stem).values_list("name", flat=True)
    )
    return next(each for each in _numbered(name, stem) if each not in taken)


def _numbered(name: str, stem: str) -> Iterator[str]:
    yield name
    yield from (f"{stem} ({number})" for number in count(2))
