"""What a message of a topic asks for: a run of one job, with params; or why it asks for nothing
that can be done.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from jobs.errors import DomainError

LONGEST_TOPIC = 100
MOST_SHOWN = 20_000


class Unfit(DomainError):
    """A message that can be no run, however often it is read."""


@dataclass(frozen=True)
class Received:
    """One message as Kafka has it; ``timestamp`` is its milliseconds, which set two topics of one
    name apart.
    """

    topic: str
    partition: int
    offset: int
    timestamp: int
    key: bytes | None
    value: bytes | None

    def __str__(self) -> str:
        return f"{self.topic}/{self.partition}/{self.offset}"

    @property
    def occurrence(self) -> str:
        """The same whenever and by whomever it is read."""
        topic = (
            self.topic
            if len(self.topic) <= LONGEST_TOPIC
            else sha256(self.topic.encode()).hexdigest()
        )
        return f"{topic}/{self.partition}/{self.offset}@{self.timestamp}"

    def shown(self) -> dict[str, Any]:
        """The whole message as params: text, with what is none written out, and no more than can be
        stored.
        """
        place = {"topic": self.topic, "partition": self.partition, "offset": self.offset}
        return place | {"key": _text(self.key), "value": _text(self.value)}


@dataclass(frozen=True)
class AskedRun:
    """A run of the job named ``job``; ``params`` None are the job's own, ``task`` is empty where
    none is named.
    """

    job: str
    params: dict[str, Any] | None
    task: str = ""


class _Gsched(BaseModel):
    """The job as gsched's scheduler pushes it; its other keys say when it was due, which it now
    is.
    """

    model_config = ConfigDict(extra="ignore", strict=True)

    job_name: str = Field(alias="jobName", min_length=1)
    task_name: str = Field(default="", alias="taskName")
    task_params: dict[str, Any] | None = Field(default=None, alias="taskParams")


def asked_by(message: Received, job: str = "") -> AskedRun:
    """What the message asks for: its value is the params of ``job``, or, without one, gsched's.

    Raises Unfit.
    """
    value = _object(message.value)
    if job:
        return AskedRun(job, value)
    try:
        found = _Gsched(**value)
    except ValidationError as error:
        where = "; ".join(
            f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in error.errors()
        )
        raise Unfit(f"its value names no job ({where})") from None
    return AskedRun(found.job_name, found.task_params, found.task_name)


def _object(value: bytes | None) -> dict[str, Any]:
    if value is None:
        raise Unfit("it has no value: a tombstone")
    try:
        found = json.loads(value)
    except (ValueError, RecursionError) as error:
        raise Unfit(f"its value is no JSON: {error}") from None
    if not isinstance(found, dict):
        raise Unfit("its value is no JSON object")
    return found


def _text(raw: bytes | None) -> str:
    if raw is None:
        return ""
    text = raw.decode("utf-8", "backslashreplace").replace("\0", "\\x00")
    return text if len(text) <= MOST_SHOWN else f"{text[:MOST_SHOWN]}… ({len(raw)} bytes)"
