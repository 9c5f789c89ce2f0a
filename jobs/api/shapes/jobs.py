"""Jobs: what one writes, and what one reads."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field, JsonValue

from jobs.api.shapes.base import (
    Answer,
    Body,
    Id,
    Integral,
    Moment,
    PagedById,
    Query,
    Selectable,
    Selecting,
    Stamp,
    Worded,
)
from jobs.definition.fields import BY_NAME
from jobs.models import Job

PriorityWord = Literal["low", "normal", "high", "critical"]
DayRuleWord = Literal["or", "and"]
Misfire = Literal["skip", "latest", "all"]
Overlap = Literal["allow", "skip", "queue", "cancel_running"]
WhenClosed = Literal["skip", "next", "previous"]
JobStatus = Literal["active", "paused", "broken", "archived"]
HealthWord = Literal[
    "failing",
    "late",
    "missed",
    "stuck",
    "broken",
    "paused",
    "ok",
    "never_ran",
    "archived",
    "unregistered",
]
JobOrder = Literal[
    "name",
    "-name",
    "next",
    "-next",
    "created",
    "-created",
    "updated",
    "-updated",
    "priority",
    "-priority",
]


def bounded(field: str) -> Any:
    """Within the bounds that jobs are held to."""
    least, most = BY_NAME[field].bounds or (None, None)
    return Field(ge=least, le=most, description=_help(field))


def _help(field: str) -> str:
    """What it means, and what null or an empty text stands for."""
    said = BY_NAME[field]
    return f"{said.help} Empty: {said.empty}." if said.empty else said.help


class JobSettings(Body):
    """What may be left out, with its default."""

    description: str = Field("", description=_help("description"))
    params: dict[str, JsonValue] = Field({}, description=_help("params"))
    timezone: str = Field("UTC", description=_help("timezone"))
    day_rule: DayRuleWord = Field("or", description=_help("day_rule"))
    one_off: bool = Field(False, description=_help("one_off"))
    starts_at: Moment | None = Field(None, description=_help("starts_at"))
    ends_at: Moment | None = Field(None, description=_help("ends_at"))
    jitter_seconds: Annotated[int, bounded("jitter_seconds"), Integral] = 0
    calendars: list[str] = Field([], description=f"{_help('calendars')} See `calendars/`.")
    calendar_policy: WhenClosed = Field("skip", description=_help("calendar_policy"))
    enabled: bool = Field(True, description=_help("enabled"))
    queue: str = Field("default", description=_help("queue"))
    priority: Annotated[int, bounded("priority"), Integral] | PriorityWord = 0
    timeout_seconds: Annotated[int, bounded("timeout_seconds"), Integral] | None = None
    memory_limit_mb: Annotated[int, bounded("memory_limit_mb"), Integral] | None = None
    fresh_process: bool = Field(False, description=_help("fresh_process"))
    max_retries: Annotated[int, bounded("max_retries"), Integral] | None = None
    retry_backoff_seconds: Annotated[int, bounded("retry_backoff_seconds"), Integral] | None = None
    retry_backoff_max_seconds: (
        Annotated[int, bounded("retry_backoff_max_seconds"), Integral] | None
    ) = None
    retry_jitter: bool | None = Field(None, description=_help("retry_jitter"))
    misfire_policy: Misfire = Field("latest", description=_help("misfire_policy"))
    misfire_window_seconds: Annotated[int, bounded("misfire_window_seconds"), Integral] = 86_400
    start_deadline_seconds: Annotated[int, bounded("start_deadline_seconds"), Integral] | None = (
        None
    )
    must_succeed_by: str = Field("", description=_help("must_succeed_by"), examples=["03:00"])
    success_grace_seconds: Annotated[int, bounded("success_grace_seconds"), Integral] = 0
    longest_run: str = Field("", description=_help("longest_run"), examples=["2x p95"])
    shortest_run: str = Field("", description=_help("shortest_run"), examples=["10s"])
    longest_silence_seconds: Annotated[int, bounded("longest_silence_seconds"), Integral] | None = (
        None
    )
    failures_before_alert: Annotated[int, bounded("failures_before_alert"), Integral] | None = None
    least_output: str = Field("", description=_help("least_output"), examples=["1 row"])
    overlap_policy: Overlap = Field("allow", description=_help("overlap_policy"))
    retention_days: Annotated[int, bounded("retention_days"), Integral] | None = None
    pool: str = Field("", description=f"{_help('pool')} One that there is: see `pools/`.")
    resources: dict[Literal["cpu", "memory", "storage"], Annotated[int, Field(ge=0), Integral]] = (
        Field({}, description=_help("resources"))
    )
    tags: list[str] = Field([], description=_help("tags"))
    metadata: dict[str, JsonValue] = Field({}, description=_help("metadata"))
    owner: str = Field("", description=_help("owner"))

    def values(self, *, whole: bool = False) -> dict[str, Any]:
        """The job's field values: those that were given, or with ``whole`` all but an ``enabled``
        left out.
        """
        given = self.model_fields_set
        values = {
            name: getattr(self, name) for name in type(self).model_fields if whole or name in given
        }
        if "enabled" not in given:
            values.pop("enabled", None)
        if isinstance(values.get("priority"), str):
            values["priority"] = Job.PRIORITY_WORDS[values["priority"]]
        return values


class NewJob(JobSettings):
    """A job as one writes it."""

    name: str = Field(min_length=1, max_length=200, description=_help("name"))
    task: str = Field(description=_help("task"), examples=["EchoTask"])
    schedule: str = Field(max_length=500, description=_help("schedule"), examples=["*/5 * * * *"])


def drop_defaults(schema: dict[str, Any]) -> None:
    """For bodies in which what is left out stays as it is."""
    for field in schema["properties"].values():
        field.pop("default", None)


class JobPatch(JobSettings):
    """The fields that change."""

    model_config = ConfigDict(json_schema_extra=drop_defaults)

    name: str = Field("", min_length=1, max_length=200, description=_help("name"))
    task: str = Field("", description=_help("task"))
    schedule: str = Field("", max_length=500, description=_help("schedule"))


class JobAnswer(Selectable):
    """A job as it is."""

    id: Id
    name: str
    description: str
    task: str
    params: dict[str, JsonValue]
    schedule: str
    timezone: str
    day_rule: DayRuleWord
    one_off: bool
    starts_at: Stamp | None
    ends_at: Stamp | None
    jitter_seconds: int
    calendars: list[str]
    calendar_policy: WhenClosed
    enabled: bool
    paused_at: Stamp | None
    paused_by: str
    paused_reason: str
    paused_until: Stamp | None
    queue: str
    priority: int
    timeout_seconds: int | None
    memory_limit_mb: int | None
    fresh_process: bool
    max_retries: int | None
    retry_backoff_seconds: int | None
    retry_backoff_max_seconds: int | None
    retry_jitter: bool | None
    misfire_policy: Misfire
    misfire_window_seconds: int
    start_deadline_seconds: int | None
    must_succeed_by: str
    success_grace_seconds: int
    longest_run: str
    shortest_run: str
    longest_silence_seconds: int | None
    failures_before_alert: int | None
    least_output: str
    overlap_policy: Overlap
    retention_days: int | None
    pool: str
    resources: dict[str, int]
    tags: list[str]
    metadata: dict[str, JsonValue]
    owner: str
    source: str
    version: int
    created_at: Stamp
    updated_at: Stamp
    archived_at: Stamp | None
    next_run_at: Stamp | None
    last_scheduled_for: Stamp | None
    schedule_error: str


class JobPage(Answer):
    results: list[JobAnswer]
    next: str | None


class Version(Answer):
    version: int
    fields: dict[str, JsonValue]
    replaced_at: Stamp
    replaced_by: str


class Versions(Answer):
    results: list[Version]


class JobsQuery(PagedById, Selecting):
    ids: str = Field("", description="Only these ids, separated by commas; at most 50.")
    search: str = Field("", description="Words that name, task or tags contain.")
    status: JobStatus | None = None
    health: HealthWord | None = Field(
        None, description="How it is doing; `unregistered`: its task is."
    )
    name: str = Field("", description="Exactly this name.")
    task: str = ""
    queue: str = ""
    owner: str = ""
    pool: str = ""
    tag: str = Field("", description="Carries this tag.")
    order: JobOrder = Field("name", description="`next` leaves out jobs without a next run.")


class Pause(Body):
    reason: str = Field("", max_length=500)
    until: Moment | None = Field(None, description="Resume by itself at this moment.")


class RunNowBody(Body):
    params: dict[str, JsonValue] | None = Field(
        None, description="Instead of the job's own, for this run only."
    )
    key: str | None = Field(
        None,
        description="The same key of yours and of the same job runs only once: as "
        "Idempotency-Key, for this job alone.",
    )
    waits: bool = Field(
        False, description="Queued behind an earlier run that is not finished, rather than skipped."
    )


class PreviewQuery(Query):
    after: Moment | None = Field(
        None, description="Occurrences after this moment; now unless given."
    )
    count: Annotated[int, Field(ge=1, le=1000), Worded] = 10


class SchedulePreviewQuery(PreviewQuery):
    schedule: str = Field(examples=["30 2 * * *"])
    timezone: str = "UTC"
    day_rule: DayRuleWord = Field("or", description=_help("day_rule"))
    calendars: str = Field("", description="Names of calendars, separated by commas.")
    calendar_policy: WhenClosed = Field("skip", description=_help("calendar_policy"))


class SkippedMoment(Answer):
    """An occurrence that a calendar skips."""

    at: Stamp
    reason: str


class Preview(Answer):
    """`occurrences` run; `skipped` are those before the last of them that calendars close."""

    description: str
    timezone: str = Field(description="The zone in which the schedule is read.")
    occurrences: list[Stamp]
    skipped: list[SkippedMoment]
    notes: list[str]


class Reason(Answer):
    code: str
    sentence: str
    since: Stamp | None
    until: Stamp | None
    facts: dict[str, JsonValue]


class Why(Reason):
    """The first reason, and all that apply."""

    reasons: list[Reason]
