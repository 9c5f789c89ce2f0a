"""DTS-Go's jobs as its lists answer them, over gRPC and HTTP: ``{"jobs": [{"name",
"cronExpression", …}], "total"}``.

Both spellings of a key are read. ``metadata["task"]`` names the task and ``metadata["params"]`` its
JSON params; where ``task`` is missing, the task is the default one and the metadata are its params.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from pydantic import AliasChoices, Field

from jobs import conf
from jobs.errors import DomainError
from jobs.importers.files.document import Document
from jobs.importers.files.drafts import Draft, Keys
from jobs.importers.files.positions import JsonPath
from jobs.importers.formats.base import Entry, Format

OFF = frozenset({"PAUSED", "CANCELLED", "6", "7"})


def _either(snake: str, camel: str, default: Any) -> Any:
    return Field(default, validation_alias=AliasChoices(snake, camel))


class DtsJob(Entry):
    name: str = Field(min_length=1)
    description: str = ""
    cron_expression: str = _either("cron_expression", "cronExpression", "")
    status: str | int = ""
    metadata: dict[str, Any] = Field(default_factory=dict)
    priority: int = 0
    max_retries: int = _either("max_retries", "maxRetries", 0)
    timeout: int = 0
    # What the answer says besides, which no job keeps.
    id: str = ""
    created_at: Any = _either("created_at", "createdAt", None)
    updated_at: Any = _either("updated_at", "updatedAt", None)
    next_run: Any = _either("next_run", "nextRun", None)
    last_run: Any = _either("last_run", "lastRun", None)

    def draft(self, document: Document, path: JsonPath, keys: Keys) -> Draft:
        values = {
            "name": self.name,
            "description": self.description,
            "task": self.metadata.get("task") or conf.get().default_task,
            "params": self._params(),
            "metadata": self.metadata,
            "schedule": self.cron_expression or "@manual",
            "timezone": document.zone,
            "priority": self.priority,
            "max_retries": self.max_retries,
            "timeout_seconds": self.timeout or None,
            "source": document.source,
        }
        enabled = False if str(self.status).upper() in OFF else None
        return Draft(document, path, keys, values, enabled)

    def _params(self) -> Any:
        if not self.metadata.get("task"):
            return self.metadata
        params = self.metadata.get("params") or {}
        try:
            return json.loads(params) if isinstance(params, str) else params
        except ValueError as error:
            raise DomainError(f"params is not JSON: {error}", field="params") from None


def _name(members: Mapping[str, Any], document: Document) -> str:
    name = members.get("name")
    return name if isinstance(name, str) else ""


KEYS: Keys = {
    "task": ("metadata", "task"),
    "params": ("metadata",),
    "metadata": ("metadata",),
    **{name: (name,) for name in ("name", "description", "priority", "max_retries")},
    "schedule": ("cron_expression",),
    "timeout_seconds": ("timeout",),
}
SPELT = (
    "name", "description", "cron_expression", "cronExpression", "status", "metadata", "priority",
    "max_retries",
    "maxRetries", "timeout", "id", "created_at", "createdAt", "updated_at", "updatedAt", "next_run",
    "nextRun",
    "last_run", "lastRun",
)  # fmt: skip
DTS_GO = Format("DTS-Go", DtsJob, KEYS, _name, forgiving=True, spelt=SPELT)
