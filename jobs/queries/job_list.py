"""The list of jobs for programs: whole jobs, in the order and as many as they ask for."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from jobs.access.actor import Actor
from jobs.access.visible import visible_jobs
from jobs.dispatch import registry
from jobs.models import Job
from jobs.queries.job_filter import JobFilter, matching
from jobs.queries.pages_keyset import KeysetPage, keyset_page

ORDERS: dict[str, tuple[str, ...]] = {
    "name": ("name", "id"),
    "next": ("state__next_run_at", "id"),
    "created": ("created_at", "id"),
    "updated": ("updated_at", "id"),
    "priority": ("priority", "id"),
}


@dataclass(frozen=True)
class JobListing:
    """``name``: exactly this one. ``ids``: none but these.

    ``order``: a key of ORDERS, with a minus before it for the other way round.
    """

    wanted: JobFilter
    name: str = ""
    ids: Sequence[uuid.UUID] | None = None
    order: str = "name"

    @property
    def key(self) -> tuple[str, ...]:
        """The fields that the list is ordered by."""
        return ORDERS[self.order.removeprefix("-")]


def list_jobs(listing: JobListing, *, actor: Actor, after: Sequence[Any] | None, limit: int) -> KeysetPage[Job]:
    """One query: a page of the jobs that the actor sees, with their states."""
    tasks = registry.registered() if listing.wanted.health else ()  # finding them takes a second
    jobs = matching(visible_jobs(actor), listing.wanted, tasks).select_related("state")
    if listing.name:
        jobs = jobs.filter(name=listing.name)
    if listing.ids is not None:
        jobs = jobs.filter(pk__in=listing.ids)
    if "state__next_run_at" in listing.key:
        jobs = jobs.filter(state__next_run_at__isnull=False)
    return keyset_page(jobs, listing.key, descending=listing.order.startswith("-"), after=after, size=limit)
