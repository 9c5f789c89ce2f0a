"""Our own file, as ``export_schedule`` writes it: ``{"format": "beatwright/1", "jobs": [{"name", "task", …}]}``.

A field that is left out has its default, so taking a line away undoes it. ``source`` left out: the file owns the job;
given (as in an export): the job keeps that owner.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from jobs.importers.document import Document
from jobs.importers.drafts import Draft, Keys
from jobs.importers.formats.base import Entry, Format
from jobs.importers.positions import JsonPath
from jobs.models import Job
from jobs.moments import TOO_FAR, is_near, read_moment

FORMAT = "beatwright/1"
# In the order in which an export writes them.
FIELDS = (
    "name", "description", "task", "params", "schedule", "timezone", "starts_at", "ends_at", "jitter_seconds",
    "queue", "priority", "timeout_seconds", "memory_limit_mb", "fresh_process", "max_retries", "retry_backoff_seconds",
    "retry_backoff_max_seconds", "retry_jitter", "misfire_policy", "misfire_window_seconds", "overlap_policy", "pool",
    "resources", "tags", "metadata", "owner", "source",
)  # fmt: skip
PAUSE_FIELDS = ("enabled", "paused_by", "paused_reason", "paused_until")


def moment(value: Any) -> Any:
    """The date-time of a text, in UTC; None for None. Raises ValueError."""
    if value is None:
        return None
    read = read_moment(value, None)
    if not is_near(read):
        raise ValueError(TOO_FAR)
    return read


def _priority(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    if value not in Job.PRIORITY_WORDS:
        raise ValueError(f"must be a whole number or one of {', '.join(Job.PRIORITY_WORDS)}")
    return Job.PRIORITY_WORDS[value]


Moment = Annotated[datetime | None, BeforeValidator(moment)]
Priority = Annotated[int, BeforeValidator(_priority)]


class NativeEntry(Entry):
    name: str
    description: str = ""
    task: str
    params: dict[str, Any] = Field(default_factory=dict)
    schedule: str
    timezone: str = "UTC"
    starts_at: Moment = None
    ends_at: Moment = None
    jitter_seconds: int = 0
    enabled: bool | None = None
    paused_by: str = ""
    paused_reason: str = ""
    paused_until: Moment = None
    queue: str = "default"
    priority: Priority = 0
    timeout_seconds: int | None = None
    memory_limit_mb: int | None = None
    fresh_process: bool = False
    max_retries: int | None = None
    retry_backoff_seconds: int | None = None
    retry_backoff_max_seconds: int | None = None
    retry_jitter: bool | None = None
    misfire_policy: Literal["skip", "latest", "all"] = "latest"
    misfire_window_seconds: int = 86_400
    overlap_policy: Literal["allow", "skip", "queue", "cancel_running"] = "allow"
    pool: str = ""
    resources: dict[str, Any] = Field(default_factory=dict)
    tags: list[Any] = Field(default_factory=list)
    metadata: dict[str, Any] = Field(default_factory=dict)
    owner: str = ""
    source: str | None = None

    def draft(self, document: Document, path: JsonPath, keys: Keys) -> Draft:
        values = {field: getattr(self, field) for field in FIELDS}
        if self.source is None:
            values["source"] = document.source
        pause = {field: getattr(self, field) for field in PAUSE_FIELDS[1:]}
        return Draft(document, path, keys, values, self.enabled, pause, is_export=self.source is not None)


def _name(members: Mapping[str, Any], document: Document) -> str:
    name = members.get("name")
    return name if isinstance(name, str) else ""


KEYS: Keys = {field: (field,) for field in (*FIELDS, *PAUSE_FIELDS)}

NATIVE = Format("beatwright", NativeEntry, KEYS, _name, forgiving=False)
