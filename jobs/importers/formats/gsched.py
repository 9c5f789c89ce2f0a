"""gsched's ``schedule.json``: ``{"jobs": [{"jobName", "priority", "taskName", "taskParams",
"cronTime"}]}``.

Its older form has ``"job": "fileName"`` in place of ``taskName`` and ``taskParams``: the task of
that name, no params.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import Field, model_validator

from jobs.importers.files.document import Document
from jobs.importers.files.drafts import Draft, Keys
from jobs.importers.files.positions import JsonPath
from jobs.importers.formats.base import Entry, Format
from jobs.schedules import strict_day_rule


class GschedEntry(Entry):
    job_name: str = Field(alias="jobName", min_length=1)
    priority: int = 0
    task_name: str | None = Field(default=None, alias="taskName")
    task_params: dict[str, Any] | None = Field(default=None, alias="taskParams")
    cron_time: str = Field(alias="cronTime")
    job: str | None = None

    @model_validator(mode="after")
    def _names_a_task(self) -> GschedEntry:
        if self.task_name is None and self.job is None:
            raise ValueError("taskName is required")
        return self

    def draft(self, document: Document, path: JsonPath, keys: Keys) -> Draft:
        values = {
            "name": self.job_name,
            "task": self.job if self.task_name is None else self.task_name,
            "params": self.task_params or {},
            "schedule": self.cron_time,
            # gsched runs on days that match both day fields.
            "day_rule": strict_day_rule(self.cron_time),
            "priority": self.priority,
            "source": document.source,
            **document.machine_zone,
        }
        return Draft(document, path, KEYS_OLDER if self.task_name is None else keys, values)


def _name(members: Mapping[str, Any], document: Document) -> str:
    name = members.get("jobName")
    return name if isinstance(name, str) else ""


KEYS: Keys = {
    "name": ("jobName",),
    "task": ("taskName",),
    "params": ("taskParams",),
    "schedule": ("cronTime",),
    "day_rule": ("cronTime",),
    "priority": ("priority",),
}
KEYS_OLDER: Keys = {**KEYS, "task": ("job",)}

GSCHED = Format("gsched", GschedEntry, KEYS, _name, forgiving=True, of_the_machine=True)
