"""Dead letters to look at: groups of the same error, and the runs of one group."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from jobs.access.actor import Actor, actor_of
from jobs.admin.look import paging
from jobs.admin.look.badges import Badge, run_badge
from jobs.admin.look.times import Moment, moment
from jobs.models import Run
from jobs.queries.dead_letters import (
    DeadLetterFilter,
    DeadLetterGroup,
    dead_letter_groups,
    dead_letters_page,
)

PAGE = 50
WITHOUT = "none"  # in addresses, for errors without a fingerprint
NO_MESSAGE = "no message"


@dataclass(frozen=True)
class GroupRow:
    id: str
    url: str
    error: str
    jobs: str
    count: str
    first: Moment
    last: Moment


@dataclass(frozen=True)
class DeadRow:
    id: str
    url: str
    badge: Badge
    job: str
    job_url: str
    ended: Moment
    attempt: int
    error: str


def dead_letter_panels(actor: Actor, now: datetime) -> dict[str, Any]:
    """Two queries."""
    return {
        "groups": [
            _group(group, now) for group in dead_letter_groups(DeadLetterFilter(), actor=actor)
        ]
    }


def group(request: HttpRequest, fingerprint: str, now: datetime) -> dict[str, Any]:
    """One query: a page of the group's dead letters, newest first."""
    wanted, after = (
        DeadLetterFilter(fingerprint=stored(fingerprint)),
        paging.identifier(request, "after"),
    )
    runs = dead_letters_page(wanted, after=after, limit=PAGE + 1, actor=actor_of(request))
    shown, more = runs[:PAGE], len(runs) > PAGE
    return {
        "rows": [_row(run, now) for run in shown],
        "error": (shown[0].error or NO_MESSAGE) if shown else "",
        "pager": paging.Pager(next=paging.link(request, after=str(shown[-1].pk)) if more else ""),
    }


def stored(fingerprint: str) -> str:
    """The fingerprint as it is stored."""
    return "" if fingerprint == WITHOUT else fingerprint


def _group(group: DeadLetterGroup, now: datetime) -> GroupRow:
    rest = group.job_count - len(group.jobs)
    return GroupRow(
        id=group.fingerprint or WITHOUT,
        url=reverse("beatwright:dead_group", args=[group.fingerprint or WITHOUT]),
        error=group.error or NO_MESSAGE,
        jobs=", ".join(group.jobs) + (f" and {rest} more" if rest > 0 else ""),
        count=f"{group.count:,}{'+' if group.more else ''}",
        first=moment(group.first_seen, now),
        last=moment(group.last_seen, now),
    )


def _row(run: Run, now: datetime) -> DeadRow:
    return DeadRow(
        id=str(run.pk),
        url=reverse("beatwright:beatwright_run_change", args=[run.pk]),
        badge=run_badge(run),
        job=run.job.name,
        job_url=reverse("beatwright:beatwright_job_detail", args=[run.job_id]),
        ended=moment(run.finished_at, now, run.job.timezone),
        attempt=run.attempt,
        error=run.error or NO_MESSAGE,
    )
