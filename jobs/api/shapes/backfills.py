"""Backfills: a past range of a job, and how far it is."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from jobs.api.shapes.base import Answer, Body, Id, Integral, Moment, Query, Stamp, Worded


class BackfillBody(Body):
    start: Moment = Field(alias="from", description="The range begins with this moment.")
    end: Moment = Field(alias="to", description="And ends before this one; not in the future.")
    concurrency: Annotated[
        int, Field(ge=1, le=1000, description="So many runs at a time."), Integral
    ] = 1
    newest_first: bool = False
    stop_on_failure: bool = Field(False, description="Skip the rest once a run has failed.")


class BackfillAnswer(Answer):
    id: Id
    job: Id
    job_name: str
    range_start: Stamp
    range_end: Stamp
    concurrency: int
    newest_first: bool
    stop_on_failure: bool
    state: Literal["running", "done", "stopped", "cancelled"]
    total: int
    created_by: str
    created_at: Stamp
    released_at: Stamp | None
    finished_at: Stamp | None
    ended: int
    runs: dict[str, int]


class BackfillCancelled(BackfillAnswer):
    """How many of its runs that waited are over, and how many that run were asked to stop."""

    cancelled: int
    requested: int


class BackfillsQuery(Query):
    limit: Annotated[int, Field(ge=1, le=1000, description="How many at the most."), Worded] = 20


class BackfillList(Answer):
    results: list[BackfillAnswer]


class BackfillPreview(Answer):
    job_name: str
    total: int
    occurrences: list[Stamp]


class RangeQuery(Query):
    start: Moment = Field(alias="from")
    end: Moment = Field(alias="to")
