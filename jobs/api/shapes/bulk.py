"""Bulk operations: what is ordered, and how far it is."""

from __future__ import annotations

from typing import Any, Literal
from uuid import UUID

from pydantic import Field, JsonValue

from jobs.actions.runs.dead_letters import FASTEST, SLOWEST
from jobs.api.shapes.base import Answer, Body, Id, Moment, PagedById, Selectable, Selecting, Stamp
from jobs.api.shapes.jobs import HealthWord, JobStatus
from jobs.api.shapes.runs import Fingerprint, State, TriggerWord

BulkVerbWord = Literal[
    "pause",
    "resume",
    "run",
    "add_tag",
    "set_queue",
    "archive",
    "reschedule",
    "requeue",
    "discard",
    "rerun",
    "cancel",
]


class BulkFilter(Body):
    """Of jobs: `search` to `pool`.

    Of dead letters, for `requeue` and `discard`: `job` and `fingerprint`. Of runs, for `rerun` and
    `cancel`: what a list of runs takes, or `ids`; `rerun` needs `ids`, `job` or `since`.
    """

    search: str | None = Field(
        None, max_length=500, description="Words that name, task or tags contain."
    )
    name: str | None = Field(None, max_length=200, description="Exactly this name.")
    status: JobStatus | None = None
    health: HealthWord | None = None
    queue: str | None = Field(None, max_length=200)
    tag: str | None = Field(None, max_length=200, description="Carries this tag.")
    owner: str | None = Field(None, max_length=200)
    task: str | None = Field(None, max_length=200)
    pool: str | None = Field(None, max_length=200)
    job: UUID | None = None
    fingerprint: Fingerprint | None = None
    ids: list[UUID] | None = Field(None, min_length=1, max_length=500, description="These runs.")
    state: State | None = None
    trigger: TriggerWord | None = None
    worker: str | None = Field(None, max_length=255)
    error: str | None = Field(None, max_length=400)
    duration: str | None = Field(None, max_length=60, description="`>5m`, `<30s` or `5m..10m`.")
    param: list[str] | None = Field(None, max_length=5, description="Each as `customer.id:7`.")
    since: Moment | None = Field(None, description="Made at this moment or later.")
    until: Moment | None = Field(None, description="Made before this moment.")

    def values_given(self) -> dict[str, Any]:
        """What is not left out."""
        return self.model_dump(mode="json", exclude_none=True)


class Rescheduled(Body):
    """One field of one job; left alone where it no longer is as it was before."""

    job: UUID
    field: Literal["schedule", "jitter_seconds"]
    before: str | int
    after: str | int


class BulkArguments(Body):
    """What the verb takes: `pause` a reason and until, `add_tag` tags, `set_queue` a queue,
    `discard` a reason, `reschedule` changes.
    """

    reason: str | None = Field(None, max_length=500)
    until: Moment | None = Field(None, description="`pause`: resume each by itself at this moment.")
    tags: list[str] | None = Field(None, max_length=50)
    queue: str | None = Field(None, max_length=100)
    params: dict[str, JsonValue] | None = Field(
        None, description="`requeue`: instead of their own."
    )
    rate: float | None = Field(
        None, ge=SLOWEST, le=FASTEST, description="`requeue`: so many a second."
    )
    changes: list[Rescheduled] | None = Field(
        None, max_length=1_000, description="`reschedule`: what changes, job by job."
    )


class BulkBody(Body):
    verb: BulkVerbWord
    filter: BulkFilter = Field(description="An empty object matches all.")
    arguments: BulkArguments = BulkArguments()
    dry_run: bool = Field(False, description="Count what matches; change nothing.")


class BulkCount(Answer):
    """How many match now; counted up to 10,000, `more` says that there are others."""

    matched: int
    more: bool


class BulkFailure(Answer):
    """A job or a dead letter to which it could not be done."""

    id: Id
    name: str
    reason: str


class BulkAnswer(Selectable):
    """`total` is None until it is taken up, and stops at 10,001.

    The first 100 `failures` are kept.
    """

    id: Id
    verb: BulkVerbWord
    filter: dict[str, JsonValue]
    arguments: dict[str, JsonValue]
    state: Literal["queued", "running", "done", "cancelled"]
    total: int | None
    done: int
    failed: int
    skipped: int
    failures: list[BulkFailure]
    progress: int = Field(ge=0, le=100, description="Per cent.")
    created_by: str
    created_at: Stamp
    started_at: Stamp | None
    finished_at: Stamp | None


class BulkPage(Answer):
    results: list[BulkAnswer]
    next: str | None


class BulkQuery(PagedById, Selecting):
    pass
