"""The installation: tasks, queues, workers, figures, imports."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, JsonValue

from jobs.api.shapes.base import Answer, Body, Flag, Id, Moment, Query, Stamp, Worded


class Task(Answer):
    """A registered task.

    `schema` is the JSON Schema of its params; `refusal` says why it cannot be a job, if so.
    """

    name: str
    summary: str
    doc: str
    schema_: dict[str, JsonValue] = Field(alias="schema")
    refusal: str


class Tasks(Answer):
    results: list[Task]


class QueueAnswer(Answer):
    """Counts stop at 1,001: a larger number than 1,000 means more than that."""

    name: str
    waiting: int
    published: int
    paused_at: Stamp | None
    paused_by: str
    paused_reason: str
    paused_until: Stamp | None


class Queues(Answer):
    results: list[QueueAnswer]


class Worker(Answer):
    name: str
    host: str
    pid: int
    queues: list[str]
    tasks: list[str]
    concurrency: int
    busy: int
    stuck: int = Field(description="Slots that are taken while nothing runs in them.")
    children_killed: int = Field(
        description="Pool children killed because they hung, since it started."
    )
    junk_messages: int = Field(
        description="What was no message and was passed over, since it started."
    )
    refused_messages: int = Field(
        description="Messages that were not ours, or not listed, since it started."
    )
    refused_last: str = Field(description="What the last of these was, and why it was refused.")
    children_replaced: int = Field(
        description="Pool children replaced for what a run left, or as its job asks."
    )
    started_at: Stamp
    heartbeat_at: Stamp
    stop_requested_at: Stamp | None = Field(description="When somebody asked it to shut down.")
    stop_requested_by: str


class Workers(Answer):
    """Those that live now."""

    results: list[Worker]


class Alert(Answer):
    """A matter that needs attention.

    `id` is None for a scheduler that is silent now, which nobody could write down.
    """

    id: int | None
    kind: str
    subject: str
    cause: str = Field(description="What it shares with others, such as an error.")
    message: str
    job: str | None
    run: Id | None = Field(description="The run that it is about, where it is about one.")
    opened_at: Stamp | None
    seen_at: Stamp | None
    closed_at: Stamp | None
    acknowledged_at: Stamp | None
    acknowledged_by: str
    acknowledged_reason: str
    snoozed_until: Stamp | None


class Alerts(Answer):
    results: list[Alert]


class AlertGroup(Answer):
    """Open alerts of one cause.

    `lead` is the alert that speaks for them; its kind and message are the group's.
    """

    cause: str
    kind: str
    message: str
    alerts: int
    jobs: int
    opened_at: Stamp
    lead: int


class AlertGroups(Answer):
    results: list[AlertGroup]


class AlertGroupsQuery(Query):
    state: Literal["open", "acknowledged", "snoozed"] = "open"
    limit: Annotated[int, Field(ge=1, le=1000, description="How many at the most."), Worded] = 100


class AlertsQuery(Query):
    acknowledged: Flag = Field(False, description="Also those that somebody looks into.")
    state: Literal["open", "acknowledged", "snoozed", "closed"] | None = Field(
        None, description="Only those that stand so; `closed` is the history."
    )
    cause: str = Field("", max_length=300, description="With `state`: only those of this cause.")
    limit: Annotated[int, Field(ge=1, le=1000, description="How many at the most."), Worded] = 100


class Cause(Body):
    cause: str = Field(min_length=1, max_length=300, description="As `alerts/causes/` shows it.")


class AcknowledgeCause(Cause):
    reason: str = Field("", max_length=500)
    until: Moment | None = Field(None, description="Show them again from then on.")


class Acknowledge(Body):
    reason: str = Field("", max_length=500)
    until: Moment | None = Field(None, description="Show it again from then on, unless it is over.")


class Stats(Answer):
    """Counts stop at 1,001: a larger number than 1,000 means more than that."""

    running: int
    queued: int
    dead_letters: int
    live_workers: int
    free_slots: int
    scheduler_silent_seconds: float | None = Field(description="None while one leads.")
    scheduler_has_run: bool
    alerts: list[Alert]


class ImportQuery(Query):
    dry_run: Flag = Field(False, description="Show what would change; change nothing.")
    partial: Flag = Field(False, description="Import the good jobs although others are wrong.")
    prune: Flag = Field(False, description="Pause the jobs that this file owns and no longer has.")
    source: str = Field("", description="The file's name, by which its jobs are known as its own.")
    timezone: str = Field(
        "", description="Of crontabs and beat schedules that name none; unless given, the site's."
    )
    user_column: Flag | None = Field(
        None, description="Whether crontabs have one; unless given, seen from the lines."
    )


class Change(Answer):
    kind: Literal["new", "changed", "gone"]
    job: str
    timezone: str
    fields: dict[str, JsonValue] = Field(description="Field → its old and new value.")
    fires: Stamp | None
    will_fire: Stamp | None
    would_fire: Stamp | None = Field(
        description="Of a job that is paused: when, if it were resumed now."
    )


class Trouble(Answer):
    file: str
    line: int
    column: int
    path: str
    job: str
    field: str
    message: str
    hint: str


class ImportAnswer(Answer):
    """The counts are whole, `changes` are the first 1,000 of them."""

    applied: bool
    new: int
    changed: int
    paused: int
    same: int
    problems: list[Trouble]
    warnings: list[Trouble]
    changes: list[Change]


class HistoryQuery(Query):
    since: Moment | None = Field(
        None, description="What happened from this moment on; the last 24 hours unless given."
    )


class BrokenPromise(Answer):
    """`rows` are the rows that prove it; `run` is empty where it is that none is there."""

    invariant: str
    job_name: str
    run: str
    at: Stamp
    said: str
    rows: list[str]
    remedy: str


class HistoryAnswer(Answer):
    """How many rows were looked at, which promises they show to be broken, and what could not be
    judged.
    """

    since: Stamp | None
    until: Stamp
    jobs: int
    runs: int
    attempts: int
    occurrences: int
    is_complete: bool = Field(
        description="False if it took longer than 20 seconds, and was not finished."
    )
    counts: dict[str, int] = Field(description="How many promises of each kind were broken.")
    violations: list[BrokenPromise] = Field(description="The first 50 of each kind.")
    unjudged: list[str]
