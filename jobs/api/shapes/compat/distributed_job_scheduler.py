"""distributed-job-scheduler's jobs."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, JsonValue

from jobs.api.shapes.base import Answer, Body, Id, Integral, Query, Stamp, Worded

JobWord = Literal[
    "pending", "scheduled", "running", "completed", "failed", "paused", "cancelled", "retrying"
]


class DistributedJob(Body):
    """distributed-job-scheduler's job."""

    type: str = Field(examples=["EchoTask"])
    name: str | None = Field(None, min_length=1, max_length=200)
    description: str | None = None
    schedule: str | None = Field(None, description="Without one it runs once, now.")
    payload: dict[str, JsonValue] = Field(default_factory=dict)
    max_retries: Annotated[int, Field(ge=0, le=1000), Integral] | None = None
    timeout: Annotated[int, Field(ge=1, description="Seconds."), Integral] | None = None

    def given(self) -> dict[str, Any]:
        """The fields that were sent."""
        return self.model_dump(exclude_unset=True)


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
    status: JobWord
    created_at: Stamp
    updated_at: Stamp
    next_run_at: Stamp | None
    last_run_at: Stamp | None


class DistributedJobPage(Answer):
    jobs: list[DistributedJobAnswer]
    next: str | None = Field(description="The `last_id` of the next page.")


class DistributedJobQuery(Query):
    type: str = ""
    status: JobWord | Literal["active"] | None = None
    limit: Annotated[int, Field(ge=1, le=500), Worded] = 50
    last_id: str = ""
