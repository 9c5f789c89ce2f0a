"""Kubernetes' CronJobs, as ``kubectl get cronjobs -o yaml`` or manifests have them: jobs that run
the same command.

The command runs on a worker, not in the image: a warning says so. An image that brings its own
command cannot be read.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from jobs import conf
from jobs.errors import DomainError
from jobs.importers.files.document import Document
from jobs.importers.files.drafts import Draft, Keys
from jobs.importers.files.positions import JsonPath
from jobs.importers.formats.base import Entry, Format
from jobs.importers.formats.crontab import SWITCHED_OFF
from jobs.params.registry import COMMAND

KIND = "CronJob"
OVERLAPS = {"Allow": "allow", "Forbid": "skip", "Replace": "cancel_running"}
SUSPENDED = "it is suspended there"
IMAGE_HINT = "give the command in the manifest, or make a job by hand"
LOOSE = ConfigDict(strict=True, extra="ignore")


class Container(BaseModel):
    model_config = LOOSE

    name: str = ""
    image: str = ""
    command: list[str] = Field(default_factory=list)
    args: list[str] = Field(default_factory=list)
    env: list[dict[str, Any]] = Field(default_factory=list)


class Spec(BaseModel):
    """A CronJob's ``spec``; the pod's is looked up in it."""

    model_config = LOOSE

    schedule: str
    time_zone: str = Field("", alias="timeZone")
    suspend: bool = False
    policy: Literal["Allow", "Forbid", "Replace"] = Field("Allow", alias="concurrencyPolicy")
    deadline: int | None = Field(None, alias="startingDeadlineSeconds")
    template: dict[str, Any] = Field(alias="jobTemplate")


class CronJob(Entry):
    metadata: dict[str, Any]
    spec: Spec
    kind: str = KIND
    apiVersion: Any = None  # noqa: N815 - the manifest's name
    status: Any = None

    def draft(self, document: Document, path: JsonPath, keys: Keys) -> Draft:
        spec, job = self.spec, self.spec.template.get("spec") or {}
        container = _container(job)
        values = {
            "name": _name(vars(self), document),
            "task": COMMAND,
            "params": _params(container),
            "schedule": spec.schedule,
            "timezone": spec.time_zone or document.zone,
            "overlap_policy": OVERLAPS[spec.policy],
            "start_deadline_seconds": spec.deadline,
            "timeout_seconds": job.get("activeDeadlineSeconds"),
            "max_retries": job.get("backoffLimit", 6),
            "source": document.source,
        }
        why = "" if conf.get().allow_commands else SWITCHED_OFF
        pause = {"paused_reason": SUSPENDED if spec.suspend else why}
        enabled = False if pause["paused_reason"] else None
        notes = [("params", f"runs on a worker, not in the image {container.image}")]
        return Draft(document, path, keys, values, enabled, pause, notes=notes)


def entries(value: Any) -> Iterator[tuple[JsonPath, Any]] | None:
    """The CronJobs of one manifest, of several, or of a list; None when the value is none."""
    if isinstance(value, dict) and isinstance(value.get("items"), list):
        return _cron_jobs(value["items"], ("items",))
    if isinstance(value, dict) and value.get("kind") == KIND:
        return iter([((), value)])
    return _cron_jobs(value, ()) if isinstance(value, list) else None


def _cron_jobs(items: list[Any], above: JsonPath) -> Iterator[tuple[JsonPath, Any]] | None:
    found = [
        ((*above, number), item)
        for number, item in enumerate(items)
        if isinstance(item, dict) and item.get("kind") == KIND
    ]
    return iter(found) if found else None


def _container(job: Mapping[str, Any]) -> Container:
    pod = (job.get("template") or {}).get("spec") or {}
    containers = pod.get("containers") or []
    if len(containers) != 1 or pod.get("initContainers"):
        raise DomainError(
            "a job runs one command: it has several containers, or none", field="params"
        )
    container = Container.model_validate(containers[0])
    if not container.command:
        raise DomainError(
            f"the image {container.image} says what runs", field="params", hint=IMAGE_HINT
        )
    return container


def _params(container: Container) -> dict[str, Any]:
    plain = {
        item["name"]: str(item["value"])
        for item in container.env
        if "name" in item and "value" in item
    }
    if len(plain) != len(container.env):
        raise DomainError(
            "a variable comes from a secret or a field",
            field="params",
            hint="make it a secret here",
        )
    return {"argv": [*container.command, *container.args]} | ({"env": plain} if plain else {})


def _name(members: Mapping[str, Any], document: Document) -> str:
    metadata = members.get("metadata")
    if not isinstance(metadata, dict) or not isinstance(metadata.get("name"), str):
        return ""
    space = metadata.get("namespace")
    return f"{space}/{metadata['name']}" if space else str(metadata["name"])


KEYS: Keys = {
    "name": ("metadata", "name"),
    "schedule": ("spec", "schedule"),
    "timezone": ("spec", "timeZone"),
    "params": ("spec", "jobTemplate"),
    "overlap_policy": ("spec", "concurrencyPolicy"),
    "start_deadline_seconds": ("spec", "startingDeadlineSeconds"),
    "timeout_seconds": ("spec", "jobTemplate"),
    "max_retries": ("spec", "jobTemplate"),
}
KUBERNETES = Format("Kubernetes", CronJob, KEYS, _name, forgiving=False)
