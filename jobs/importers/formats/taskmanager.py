"""The array of taskmanager: ``{"Id", "Cron", "Topic", "TaskMessageTemplate": {"TaskProcessorName",
"TaskParam", …}}``.

Its cron texts have six fields, seconds first; the weekday may be left out. A topic is a queue here;
the last dotted part of the processor's name is the task. Jobs are named
``<file stem>:<Task>:<Id>``, as ids count from 1 in every file.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from jobs.importers.files.document import Document
from jobs.importers.files.drafts import Draft, Keys
from jobs.importers.files.positions import JsonPath
from jobs.importers.formats.base import Entry, Format, canonical

FIELDS = (5, 6)
TEMPLATE_KEYS = ("TaskProcessorName", "TaskParam", "Payload")
FIVE_FIELDS = "has five fields: second to month, on any weekday, as taskmanager reads it"


def _seconds_first(text: str) -> str:
    if not text.lstrip().startswith("@") and len(text.split()) not in FIELDS:
        raise ValueError("must have six fields, seconds first: 0 */5 * * * * is every five minutes")
    return text


class Template(BaseModel):
    model_config = ConfigDict(strict=True, extra="ignore")

    processor: str = Field(alias="TaskProcessorName", min_length=1)
    task_param: Any = Field(default=None, alias="TaskParam")
    payload: Any = Field(default=None, alias="Payload")

    @model_validator(mode="before")
    @classmethod
    def _in_any_case(cls, raw: Any) -> Any:
        return canonical(raw, TEMPLATE_KEYS) if isinstance(raw, dict) else raw

    @property
    def task(self) -> str:
        return self.processor.rpartition(".")[2]

    @property
    def params(self) -> dict[str, Any]:
        named = {"task_param": self.task_param, "payload": self.payload}
        return {name: value for name, value in named.items() if value is not None}


class TaskmanagerEntry(Entry):
    id: str | int = Field(alias="Id")
    cron: Annotated[str, AfterValidator(_seconds_first)] = Field(alias="Cron")
    topic: str = Field(default="default", alias="Topic")
    template: Template = Field(alias="TaskMessageTemplate")

    def draft(self, document: Document, path: JsonPath, keys: Keys) -> Draft:
        is_short = len(self.cron.split()) == FIELDS[0]
        values = {
            "name": f"{document.stem}:{self.template.task}:{self.id}",
            "task": self.template.task,
            "params": self.template.params,
            "schedule": f"{self.cron} *" if is_short else self.cron,
            "queue": self.topic,
            "source": document.source,
            **document.machine_zone,
        }
        notes = [("schedule", FIVE_FIELDS)] if is_short else []
        return Draft(document, path, keys, values, notes=notes)


def _name(members: Mapping[str, Any], document: Document) -> str:
    template = members.get("TaskMessageTemplate")
    within = canonical(template, TEMPLATE_KEYS) if isinstance(template, dict) else {}
    processor = within.get("TaskProcessorName")
    if "Id" not in members or not isinstance(processor, str):
        return ""
    return f"{document.stem}:{processor.rpartition('.')[2]}:{members['Id']}"


KEYS: Keys = {
    "name": ("Id",),
    "task": ("TaskMessageTemplate", "TaskProcessorName"),
    "params": ("TaskMessageTemplate",),
    "schedule": ("Cron",),
    "queue": ("Topic",),
}

TASKMANAGER = Format(
    "taskmanager", TaskmanagerEntry, KEYS, _name, forgiving=True, of_the_machine=True
)
