"""GoDispatch's tasks."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, JsonValue

from jobs.api.shapes.base import Answer, Body, Id, Integral, Query, Stamp, Worded
from jobs.api.shapes.compat.distributed_job_scheduler import JobWord

TaskWord = JobWord | Literal["timeout"]
FURTHEST = 10_000


class GoDispatchSchedule(Body):
    """When it runs; a moment without an offset is of the time zone."""

    type: Literal["one-time", "recurring", "cron"]
    expression: str | None = Field(None, description="Of a cron task.")
    cron_expression: str | None = Field(None, description="The same as `expression`.")
    cron: str | None = Field(None, description="The same as `expression`.")
    interval: Annotated[int, Integral] | str | None = Field(
        None, description="Seconds, or a duration such as 1h30m."
    )
    start_time: str | None = None
    end_time: str | None = None
    time_zone: str | None = None
    timezone: str | None = Field(None, description="The same as `time_zone`.")


class GoDispatchTask(Body):
    """GoDispatch's task."""

    type: str = Field(examples=["EchoTask"])
    name: str | None = Field(None, min_length=1, max_length=200)
    description: str | None = None
    priority: Annotated[int, Integral] | str | None = Field(
        None, description="high, medium, low, or a number."
    )
    payload: dict[str, JsonValue] | None = None
    max_retries: Annotated[int, Field(ge=0, le=1000), Integral] | None = None
    timeout: Annotated[int, Field(ge=1, description="Seconds."), Integral] | None = None
    retry_backoff: Annotated[int, Integral] | str | None = Field(
        None, description="Seconds, or a duration such as 1m30s."
    )
    schedule: GoDispatchSchedule | None = None

    def given(self) -> dict[str, Any]:
        """The fields that were sent, the nested ones too."""
        return self.model_dump(exclude_unset=True)


class GoDispatchChange(GoDispatchTask):
    """What is left out stays as it is; with nothing, or the status, the task is cancelled."""

    type: str | None = None  # type: ignore[assignment]  # what is left out stays as it is
    status: Literal["cancelled"] | None = None


class GoDispatchAnswer(Answer):
    id: Id
    name: str
    description: str
    type: str
    payload: dict[str, JsonValue]
    max_retries: int | None
    timeout: int | None
    retry_backoff: int | None
    priority: str
    status: TaskWord
    schedule: dict[str, JsonValue]
    created_at: Stamp
    updated_at: Stamp
    next_run_at: Stamp | None
    last_run_at: Stamp | None


class GoDispatchDone(GoDispatchAnswer):
    message: str
    warning: str = Field(
        "", description="What was made of the request that its sender may not expect."
    )


class GoDispatchQuery(Query):
    status: TaskWord | Literal["active"] | None = None
    limit: Annotated[int, Field(ge=1, le=500), Worded] = 50
    offset: Annotated[int, Field(ge=0, le=FURTHEST), Worded] = 0
    sort: Literal["created_at", "updated_at", "name", "priority", "next_run_at"] = "created_at"
    order: Literal["asc", "desc"] = "desc"


class GoDispatchPage(Answer):
    tasks: list[GoDispatchAnswer]
    total: int = Field(description="Counted up to 1,001.")
    limit: int
    offset: int


class GoDispatchResult(Answer):
    id: Id
    status: TaskWord
    result: JsonValue
    error: str
    finished_at: Stamp | None


class GoDispatchHistoryQuery(Query):
    limit: Annotated[int, Field(ge=1, le=500), Worded] = 50


class GoDispatchExecution(Answer):
    id: Id
    task_id: Id
    status: TaskWord | Literal["skipped"]
    attempt: int
    worker: str
    start_time: Stamp | None
    end_time: Stamp | None
    error: str


class GoDispatchHistory(Answer):
    task_id: Id
    history: list[GoDispatchExecution]


class GoDispatchCancelled(Answer):
    id: Id
    status: Literal["cancelled"]
    message: str


class GoDispatchHealth(Answer):
    status: Literal["ok", "failing"]


class GoDispatchMetrics(Answer):
    """The figures of the dashboard."""

    total_tasks: int = Field(description="Counted up to 1,001, as the others are.")
    running_tasks: int
    queued_tasks: int
    failed_tasks: int = Field(description="Dead letters.")
    workers: int
    free_slots: int


class GoDispatchWorker(Answer):
    id: str
    status: Literal["active", "stopping"]
    queues: list[str]
    concurrency: int
    running: int
    last_heartbeat: Stamp


class GoDispatchWorkers(Answer):
    workers: list[GoDispatchWorker]
    total: int
