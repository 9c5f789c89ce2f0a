"""The older systems' bodies and answers.

What they carry beyond this is passed over, as it was there.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field, JsonValue

from jobs.api.shapes.base import Answer, Id, Integral, Moment, Query, Stamp, Worded

Status = Literal[
    "pending", "scheduled", "running", "completed", "failed", "paused", "cancelled", "retrying"
]
SMALL = 2**31 - 1


class Lenient(BaseModel):
    """What a request carries; what is not named here is passed over."""

    def given(self) -> dict[str, Any]:
        """The fields that were sent, the nested ones too; moments stay moments."""
        return self.model_dump(exclude_unset=True)


class DistributedJob(Lenient):
    """distributed-job-scheduler's job."""

    type: str = Field(examples=["EchoTask"])
    name: str | None = Field(None, min_length=1, max_length=200)
    description: str | None = None
    schedule: str | None = Field(None, description="Without one it runs once, now.")
    payload: dict[str, JsonValue] = {}
    max_retries: Annotated[int, Field(ge=0, le=1000), Integral] | None = None
    timeout: Annotated[int, Field(ge=1, description="Seconds."), Integral] | None = None


class DistributedJobPatch(DistributedJob):
    type: str | None = None  # type: ignore[assignment]  # what is left out stays as it is
    payload: dict[str, JsonValue] | None = None  # type: ignore[assignment]
    status: Literal["active", "paused", "cancelled"] | None = None


class DistributedJobAnswer(Answer):
    id: Id
    name: str
    description: str
    type: str
    schedule: str
    payload: dict[str, JsonValue]
    max_retries: int | None
    timeout: int | None
    status: Status
    created_at: Stamp
    updated_at: Stamp
    next_run_at: Stamp | None
    last_run_at: Stamp | None


class DistributedJobPage(Answer):
    jobs: list[DistributedJobAnswer]
    next: str | None = Field(description="The `last_id` of the next page.")


class DistributedJobQuery(Query):
    type: str = ""
    status: Status | Literal["active"] | None = None
    limit: Annotated[int, Field(ge=1, le=500), Worded] = 50
    last_id: str = ""


class DtsGoResources(Lenient):
    cpu: Annotated[int, Field(ge=0, le=SMALL), Integral] = 0
    memory: Annotated[int, Field(ge=0, le=SMALL), Integral] = 0
    storage: Annotated[int, Field(ge=0, le=SMALL), Integral] = 0


class DtsGoJob(Lenient):
    """DTS-Go's CreateJobRequest, UpdateJobRequest and JobResponse.

    A zero is the same as nothing.
    """

    name: str = Field("", max_length=200)
    description: str = ""
    cron_expression: str = ""
    metadata: dict[str, JsonValue] = Field(
        {}, description="`task` and `params`; else it is the params."
    )
    priority: Annotated[int, Field(ge=-1000, le=1000), Integral] = 0
    max_retries: Annotated[int, Field(ge=0, le=1000), Integral] = 0
    timeout: Annotated[int, Field(ge=0, description="Seconds."), Integral] = 0
    status: str | Annotated[int, Integral] = Field(
        "", description="A name of JobStatus, or its number."
    )


class DtsGoJobToSchedule(DtsGoJob):
    id: str = ""


class DtsGoSchedule(Lenient):
    """ScheduleJobRequest: a job that there is, by its id, or a new one."""

    job: DtsGoJobToSchedule
    resource_requirements: DtsGoResources = DtsGoResources()


class DtsGoCreated(Answer):
    job_id: Id


class DtsGoAnswer(Answer):
    id: Id
    name: str
    description: str
    cron_expression: str
    status: Literal[
        "PENDING", "SCHEDULED", "RUNNING", "COMPLETED", "FAILED", "PAUSED", "CANCELLED", "RETRYING"
    ]
    created_at: Stamp
    updated_at: Stamp
    next_run: Stamp | None
    metadata: dict[str, JsonValue]
    priority: int
    max_retries: int
    timeout: int
    last_run: Stamp | None


class DtsGoPage(Answer):
    jobs: list[DtsGoAnswer]
    total: int = Field(description="Counted up to 1,001.")
    next_page: str


class DtsGoSuccess(Answer):
    success: bool


class DtsGoQuery(Query):
    page_size: Annotated[int, Field(ge=1, le=500), Worded] = 50
    status: str = Field("", description="A name of JobStatus in any case, or `active`.")
    last_id: str = ""


class DtsGoScheduleId(Answer):
    schedule_id: Id


class DtsGoScheduled(Answer):
    job_id: Id
    next_execution_time: str
    resource_requirements: dict[str, int]


class DtsGoScheduledPage(Answer):
    jobs: list[DtsGoScheduled]
    next_page_token: str
    total_count: int


class DtsGoScheduledQuery(Query):
    page_size: Annotated[int, Field(ge=1, le=500), Worded] = 50
    page_token: str = ""


class GoDispatchSchedule(Lenient):
    type: Literal["one-time", "recurring", "cron"]
    start_time: Moment | None = None
    cron_expression: str | None = None
    cron: str | None = Field(None, description="The same as `cron_expression`.")
    expression: str | None = Field(None, description="The same as `cron_expression`.")
    interval: Annotated[int, Integral] | str | None = Field(
        None, description="Seconds, or a duration such as 1h30m."
    )
    timezone: str | None = None


class GoDispatchTask(Lenient):
    """GoDispatch's task."""

    type: str = Field(examples=["EchoTask"])
    name: str | None = Field(None, min_length=1, max_length=200)
    description: str | None = None
    priority: Annotated[int, Integral] | str | None = Field(
        None, description="high, normal, low, or a number."
    )
    payload: dict[str, JsonValue] | None = None
    max_retries: Annotated[int, Field(ge=0, le=1000), Integral] | None = None
    timeout: Annotated[int, Field(ge=1, description="Seconds."), Integral] | None = None
    retry_backoff: Annotated[int, Integral] | str | None = Field(
        None, description="Seconds, or a duration such as 1m30s."
    )
    schedule: GoDispatchSchedule | None = None


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
    status: Status
    schedule: dict[str, JsonValue]
    created_at: Stamp
    updated_at: Stamp
    next_run_at: Stamp | None
    last_run_at: Stamp | None
    warning: str = Field(
        "", description="Where something was made of the request that one may not expect."
    )


class GoDispatchResult(Answer):
    id: Id
    status: Status
    result: JsonValue
    error: str
    finished_at: Stamp | None


class GoDispatchCancelled(Answer):
    id: Id
    status: Literal["cancelled"]
