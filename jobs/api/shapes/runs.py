"""Runs, their attempts, results and logs; dead letters."""

from __future__ import annotations

from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field, JsonValue

from jobs.actions.runs.dead_letters import FASTEST, SLOWEST
from jobs.api.shapes.base import (
    Answer,
    Body,
    Id,
    Moment,
    Paged,
    PagedById,
    Query,
    Selectable,
    Selecting,
    Stamp,
    Worded,
)

State = Literal[
    "blocked", "queued", "running", "succeeded", "failed", "timed_out", "cancelled", "skipped"
]
TriggerWord = Literal["schedule", "manual", "api", "kafka", "backfill", "rerun"]
Fingerprint = Annotated[str, Field(pattern=r"^([0-9a-f]{40})?$")]


class RunAnswer(Selectable):
    """A run as it is.

    `note` says why it has not been sent to a worker, where it was just made and has not.
    """

    id: Id
    job: Id
    job_name: str
    occurrence_key: str
    scheduled_for: Stamp
    trigger: TriggerWord
    state: State
    reason: str
    other_run: Id | None = Field(description="The run of its job that the reason is about.")
    queue: str
    priority: int
    pool: str = Field(description="What it draws on; empty: on nothing.")
    cpu: int
    memory: int
    storage: int
    task: str
    params: dict[str, JsonValue]
    job_version: int
    secrets: dict[str, int] | None = Field(
        description="Names and versions of the secrets that its last attempt was given."
    )
    attempt: int
    failures: int
    losses: int = Field(description="Attempts that were lost, whatever the cause.")
    child_losses: int = Field(description="Of these: its process died, and its worker lived.")
    worker_losses: int = Field(description="Of these: its worker died.")
    lease_losses: int = Field(description="Of these: its worker was cut off.")
    created_at: Stamp
    available_at: Stamp
    rank_at: Stamp
    start_by: Stamp | None = Field(
        description="Its first attempt begins before this moment, or it is skipped."
    )
    succeed_by: Stamp | None = Field(
        description="Its job expects it to have succeeded by then, the grace included."
    )
    in_time: bool | None = Field(
        description="Whether it had, or a rerun of it; null: not decided, or nothing is expected."
    )
    published_at: Stamp | None
    publish_count: int
    started_at: Stamp | None
    finished_at: Stamp | None
    worker: str
    lease_expires_at: Stamp | None
    deadline_at: Stamp | None
    cancel_requested_at: Stamp | None
    exclusive: bool
    backfill: Id | None
    error: str
    fingerprint: str
    progress: JsonValue
    parent: Id | None
    resolved_at: Stamp | None
    resolved_by: str
    resolution: str
    skipped_until: Stamp | None
    skipped_count: int
    note: str = ""


class Attempt(Answer):
    """One start of a run; its `task_id` is the id that Celery and Flower show."""

    task_id: str
    attempt: int | None
    status: str
    outcome: str | None
    cause: str | None = Field(description="Why it was lost: child, worker or lease.")
    worker: str
    started_at: Stamp | None
    finished_at: Stamp | None
    result: JsonValue
    traceback: str | None


class Miss(Answer):
    """Something that was expected of the run and did not come true."""

    kind: Literal["overdue", "slow", "short", "small_output"]
    message: str
    at: Stamp = Field(description="The deadline, when it had run for too long, or when it ended.")
    known_at: Stamp
    over_at: Stamp | None = Field(description="Its job has succeeded since.")


class RunDetail(RunAnswer):
    attempts: list[Attempt]
    misses: list[Miss]


class RunPage(Answer):
    """`searched_to`: the search has come to this moment and not found a page full; `next` goes on
    from there.
    """

    results: list[RunAnswer]
    next: str | None
    searched_to: Stamp | None = None


class RunWords(Query):
    """What a list of runs is narrowed to."""

    search: str = Field(
        "",
        max_length=500,
        description="Text in the error, the reason, or the job's name, task or tags; or words as "
        "in `state:failed duration:>5m params.customer:7`.",
    )
    state: State | None = None
    trigger: TriggerWord | None = None
    queue: str = Field("", max_length=200)
    worker: str = Field("", max_length=255)
    error: str = Field(
        "", max_length=400, description="What the error begins with, or its fingerprint."
    )
    duration: str = Field("", max_length=60, description="`>5m`, `<30s` or `5m..10m`.")
    param: str = Field(
        "", max_length=400, description="`customer.id:7`; within a time window or a job."
    )
    since: Moment | None = Field(None, description="Made at this moment or later.")
    until: Moment | None = Field(None, description="Made before this moment.")
    window: str = Field(
        "", max_length=20, description="Instead of `since`: so long before `until`, or before now."
    )

    def words(self) -> dict[str, Any]:
        """As `read_run_filter` takes them."""
        found = {name: getattr(self, name) for name in RunWords.model_fields}
        return found | {"param": [self.param] if self.param else []}


class JobRunsQuery(RunWords, PagedById, Selecting):
    pass


class RunsQuery(JobRunsQuery):
    job: UUID | None = None


class Result(Answer):
    """What came of a run: the last attempt's result, or its error."""

    id: Id
    state: State
    attempt: int
    result: JsonValue
    error: str
    traceback: str | None
    finished_at: Stamp | None


class LogsQuery(Paged):
    attempt: Annotated[int, Field(ge=1, le=2**31 - 1), Worded] | None = Field(
        None, description="This attempt's alone."
    )


class LogPiece(Answer):
    attempt: int
    seq: int
    created_at: Stamp
    text: str


class LogPage(Answer):
    """Pieces in the order in which they were written.

    `cursor` goes on behind them, also when more is to come.
    """

    results: list[LogPiece]
    next: str | None
    cursor: str | None


class DeleteQuery(Query):
    reason: str = Field("", max_length=500, description="Why, for the audit.")


class RunsCancelled(Answer):
    """How many that waited are over, and how many that run were asked to stop."""

    job_name: str
    cancelled: int
    requested: int


class RerunBody(Body):
    params: dict[str, JsonValue] | None = Field(None, description="Instead of the old run's.")


class DeadLetterQuery(Query):
    job: UUID | None = None
    fingerprint: Fingerprint | None = Field(
        None, description="This kind of error; `groups/` lists the kinds."
    )


class DeadLettersQuery(DeadLetterQuery, PagedById, Selecting):
    pass


class Group(Answer):
    """Dead letters of one kind of error.

    `count` stops at 1,000; `more` says that there are more.
    """

    fingerprint: str
    error: str
    jobs: list[str]
    job_count: int
    count: int
    more: bool
    first_seen: Stamp | None
    last_seen: Stamp | None


class Groups(Answer):
    results: list[Group]


class Chosen(Body):
    """Which dead letters: by id, by job, by kind of error, or all there are."""

    ids: list[UUID] | None = Field(None, min_length=1, max_length=500)
    job: UUID | None = None
    fingerprint: Fingerprint | None = None
    all: bool = False
    dry_run: bool = Field(False, description="Say what would be done; change nothing.")


class RequeueBody(Chosen):
    params: dict[str, JsonValue] | None = Field(None, description="Instead of their own.")
    rate: float | None = Field(
        None, ge=SLOWEST, le=FASTEST, description="Spread them: so many a second."
    )


class DiscardBody(Chosen):
    reason: str = Field("", max_length=450, description="Why; needed unless it is a dry run.")


class UndoDiscardBody(Body):
    ids: list[UUID] = Field(min_length=1, max_length=500, description="The discarded runs.")


class DiscardUndone(Answer):
    undone: int


class Requeued(Answer):
    """`runs`: dead letter → its new run.

    `left`: dead letter → why it stays. `more`: there are others, ask again.
    """

    requeued: int
    runs: dict[str, Id]
    left: dict[str, str]
    more: bool
    dry_run: bool


class Discarded(Answer):
    discarded: int
    more: bool
    dry_run: bool
