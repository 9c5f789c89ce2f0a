"""Dead letters: runs that failed or timed out and that nobody has resolved, newest first, one by
one or by error.
"""

from __future__ import annotations

import re
import uuid
from collections import defaultdict
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from jobs.access.actor import Actor
from jobs.access.visible import visible_runs
from jobs.errors import DomainError
from jobs.models import Job, Run
from jobs.models.run import RunQuerySet
from jobs.queries import paging

FINGERPRINT = re.compile(r"([0-9a-f]{40})?")
LOOKED_AT = 10_000
JOBS_NAMED = 10
CHUNK = 200


@dataclass(frozen=True)
class DeadLetterFilter:
    """Which ones; what is None is no restriction."""

    job: Job | None = None
    fingerprint: str | None = None
    ids: Collection[uuid.UUID] | None = None
    until: uuid.UUID | None = None  # made no later than this run


@dataclass(frozen=True)
class Reckoned:
    """How many there are, counted up to 1,001 and no further; of each kind of error its newest text
    and how many.

    ``newest`` is the one that was made last.
    """

    count: int
    errors: list[tuple[str, int]]
    newest: uuid.UUID | None


@dataclass(frozen=True)
class DeadLetterGroup:
    """Dead letters of the same kind of error.

    ``count`` stops at 1,000, ``more`` says that there are more.

    ``error`` is the newest one's, ``jobs`` holds the names of at most 10 of the ``job_count`` jobs.
    """

    fingerprint: str
    error: str
    jobs: list[str]
    job_count: int
    count: int
    more: bool
    first_seen: datetime | None
    last_seen: datetime | None


def dead_letters_page(
    wanted: DeadLetterFilter, *, after: uuid.UUID | None = None, limit: int, actor: Actor
) -> list[Run]:
    """One query: dead letters with their jobs, newest first, after the one with the id
    ``after``.
    """
    found = _filtered(wanted, actor).select_related("job").newest_first()
    return list((found.filter(pk__lt=after) if after else found)[:limit])


def reckoned(wanted: DeadLetterFilter, *, actor: Actor) -> Reckoned:
    """One query: how many dead letters a question is about."""
    rows = list(
        _filtered(wanted, actor)
        .newest_first()
        .values_list("pk", "fingerprint", "error")[: paging.CAP + 1]
    )
    kinds: dict[str, list[str]] = defaultdict(list)
    for _, fingerprint, error in rows:
        kinds[fingerprint].append(error)
    return Reckoned(
        len(rows),
        [(errors[0], len(errors)) for errors in kinds.values()],
        rows[0][0] if rows else None,
    )


def every_dead_letter(wanted: DeadLetterFilter, *, actor: Actor) -> Iterator[Run]:
    """All that there are at the first look, oldest first, read in pieces: they may be resolved on
    the way.
    """
    found = _filtered(wanted, actor)
    newest = found.newest_first().values_list("pk", flat=True).first()
    piece = _piece(found, newest) if newest else []
    while piece:
        yield from piece
        piece = _piece(found.filter(pk__gt=piece[-1].pk), newest)


def dead_letter_groups(
    wanted: DeadLetterFilter, *, limit: int = 100, actor: Actor
) -> list[DeadLetterGroup]:
    """Two queries: the newest 10,000 dead letters by fingerprint; at most ``limit`` groups, those
    with the newest.
    """
    rows = (
        _filtered(wanted, actor)
        .newest_first()
        .values_list("fingerprint", "error", "job_id", "finished_at")[:LOOKED_AT]
    )
    groups: dict[str, list[Member]] = defaultdict(list)
    for fingerprint, error, job_id, finished_at in rows:
        groups[fingerprint].append(Member(error, job_id, finished_at))
    shown = list(groups.items())[:limit]
    named = {job_id for _, members in shown for job_id in _jobs(members)[:JOBS_NAMED]}
    names = dict(Job.objects.filter(pk__in=named).values_list("pk", "name"))
    return [_group(fingerprint, members, names) for fingerprint, members in shown]


class Member(NamedTuple):
    """What a group needs to know of one of its dead letters."""

    error: str
    job_id: uuid.UUID
    finished_at: datetime | None


def _filtered(wanted: DeadLetterFilter, actor: Actor) -> RunQuerySet:
    found = visible_runs(actor).dead_letters()
    if wanted.job is not None:
        found = found.filter(job=wanted.job)
    if wanted.fingerprint is not None:
        if not FINGERPRINT.fullmatch(wanted.fingerprint):
            raise DomainError(
                "must be 40 hex digits, or empty for errors without one", field="fingerprint"
            )
        found = found.filter(fingerprint=wanted.fingerprint)
    if wanted.until is not None:
        found = found.filter(pk__lte=wanted.until)
    return found if wanted.ids is None else found.filter(pk__in=wanted.ids)


def _piece(found: RunQuerySet, newest: uuid.UUID | None) -> list[Run]:
    return list(found.filter(pk__lte=newest).select_related("job").order_by("pk")[:CHUNK])


def _jobs(members: list[Member]) -> list[uuid.UUID]:
    """Each job once, the one seen last first."""
    return list(dict.fromkeys(member.job_id for member in members))


def _group(fingerprint: str, members: list[Member], names: dict[uuid.UUID, str]) -> DeadLetterGroup:
    jobs = _jobs(members)
    seen = [member.finished_at for member in members if member.finished_at]
    return DeadLetterGroup(
        fingerprint=fingerprint,
        error=members[0].error,
        jobs=[names[job_id] for job_id in jobs[:JOBS_NAMED]],
        job_count=len(jobs),
        count=min(len(members), paging.CAP),
        more=paging.is_capped(len(members)),
        first_seen=min(seen, default=None),
        last_seen=max(seen, default=None),
    )
