"""DTS-Go's messages, as the OpenAPI document tells of them; what is read and written are the
messages themselves.

Names are camelCase; a request may spell them as the .proto files do as well.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from jobs.api.shapes.base import Id, Query, Stamp

SMALL = 2**31 - 1
LONGEST = Annotated[int, Field(ge=0, le=SMALL, description="0, and more than 250: 250.")]
StatusName = Literal[
    "PENDING", "SCHEDULED", "RUNNING", "COMPLETED", "FAILED", "PAUSED", "CANCELLED", "RETRYING"
]


class MessageShape(BaseModel):
    """What a message holds."""

    model_config = ConfigDict(extra="forbid", alias_generator=to_camel, populate_by_name=True)


class DtsGoResources(MessageShape):
    cpu: Annotated[int, Field(ge=0, le=SMALL)] = 0
    memory: Annotated[int, Field(ge=0, le=SMALL)] = 0
    storage: Annotated[int, Field(ge=0, le=SMALL)] = 0


class DtsGoJob(MessageShape):
    """CreateJobRequest and UpdateJobRequest. A zero is the same as nothing."""

    name: str = Field("", max_length=200)
    description: str = ""
    cron_expression: str = ""
    metadata: dict[str, str] = Field({}, description="`task` and `params`; else it is the params.")
    priority: Annotated[int, Field(ge=-1000, le=1000)] = 0
    max_retries: Annotated[int, Field(ge=0, le=1000)] = 0
    timeout: Annotated[int, Field(ge=0, description="Seconds.")] = 0
    status: str | int = Field("UNSPECIFIED", description="A name of JobStatus, or its number.")


class DtsGoJobToSchedule(DtsGoJob):
    id: str = ""


class DtsGoSchedule(MessageShape):
    """ScheduleJobRequest: a job that there is, by its id, or a new one."""

    job: DtsGoJobToSchedule
    resource_requirements: DtsGoResources = DtsGoResources()


class DtsGoCreated(MessageShape):
    job_id: Id


class DtsGoAnswer(MessageShape):
    id: Id
    name: str
    description: str
    cron_expression: str
    status: StatusName
    created_at: Stamp
    updated_at: Stamp
    next_run: Stamp | None
    metadata: dict[str, str]
    priority: int
    max_retries: int
    timeout: int
    last_run: Stamp | None


class DtsGoPage(MessageShape):
    jobs: list[DtsGoAnswer]
    total: int = Field(description="Counted up to 1,001.")
    next_page: str


class DtsGoSuccess(MessageShape):
    success: bool
    message: str = Field("", description="Of some methods.")


class DtsGoQuery(MessageShape, Query):
    page_size: LONGEST = 0
    status: str = Field("", description="A name of JobStatus in any case, or `active`.")
    last_id: str = ""


class DtsGoScheduleId(MessageShape):
    schedule_id: Id


class DtsGoScheduled(MessageShape):
    job_id: Id
    next_execution_time: str
    resource_requirements: DtsGoResources


class DtsGoScheduledPage(MessageShape):
    jobs: list[DtsGoScheduled]
    next_page_token: str
    total_count: int


class DtsGoScheduledQuery(MessageShape, Query):
    page_size: LONGEST = 0
    page_token: str = ""


class DtsGoExecution(MessageShape):
    id: Id
    job_id: Id
    status: StatusName | Literal["SKIPPED"]
    start_time: Stamp | None
    end_time: Stamp | None
    result: str = Field(description="The task's result as JSON.")
    error: str


class DtsGoExecutionPage(MessageShape):
    executions: list[DtsGoExecution]
    total: int = Field(description="Counted up to 1,001.")
    next_page: str


class DtsGoExecutionsQuery(MessageShape, Query):
    page_size: LONGEST = 0
    job_id: str = ""
    status: str = Field("", description="A JobStatus by its name, or SKIPPED.")
    last_id: str = ""
