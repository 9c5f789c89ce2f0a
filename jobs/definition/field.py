"""What is said of one field of a job."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum, auto
from functools import cached_property
from typing import Any

from django.db import models

from jobs.models import Job


class Kind(Enum):
    """What a value is: each surface reads and shows the values of one kind in one way."""

    TEXT = auto()
    PROSE = auto()
    NUMBER = auto()
    SECONDS = auto()
    PRIORITY = auto()
    MOMENT = auto()
    YES_NO = auto()
    CHOICE = auto()
    WORDS = auto()
    OBJECT = auto()
    RESOURCES = auto()


class Place(Enum):
    """A list of a job's fields that is made from the definition, or held to it."""

    ACTIONS = auto()
    """What ``create_job`` and ``update_job`` set."""
    API = auto()
    """The bodies that REST takes."""
    FILES = auto()
    """Schedule files, read and written."""
    FLAGS = auto()
    """``job create`` and ``job update``."""
    FORM = auto()
    """The job form of the console."""
    PAGE = auto()
    """The configuration on a job's page."""
    VERSIONS = auto()
    """What a version keeps, and brings back."""


class Section(Enum):
    """A group of fields, in the form and on the page: its heading, and what the form says below
    it.
    """

    WHAT = "General", ""
    WHEN = "Schedule", ""
    WITH = "Parameters", ""
    WHERE = "Execution", ""
    FAILED = "Retries", "A failed attempt is retried within the same run."
    EXPECTED = (
        "Expectations",
        "Beatwright checks these by itself. What is not met is noted on the run and alerted.",
    )
    MISSED = "Missed runs", "Applies after an outage or a long pause of the scheduler."
    OTHER = "Other", ""
    PAUSE = "Pause", ""
    RECORD = "Record", ""

    @property
    def heading(self) -> str:
        return self.value[0]

    @property
    def about(self) -> str:
        return self.value[1]


Absent = Mapping[Place, str]


@dataclass(frozen=True, kw_only=True)
class Field:
    """One field, by the name of its column.

    It stands in every list but those that ``absent`` gives a reason for.
    """

    name: str
    kind: Kind
    label: str
    section: Section
    #: What it means, in one sentence that is true on every surface.
    help: str = ""
    #: What it means that there is no value.
    empty: str = ""
    #: The least and the most a number may be.
    bounds: tuple[int, int] | None = None
    #: The most characters of a text whose column has no limit.
    longest: int | None = None
    #: What a number counts, where the label does not say it.
    unit: str = ""
    #: What no and yes mean.
    words: tuple[str, str] = ("no", "yes")
    #: The flag of ``job create`` and ``job update``.
    flag: str = ""
    absent: Absent = field(default_factory=dict)

    @cached_property
    def column(self) -> models.Field[Any, Any]:
        column: models.Field[Any, Any] = Job._meta.get_field(self.name)  # type: ignore[assignment]
        return column

    @property
    def default(self) -> Any:
        """A value of one's own: what a job has unless it is said otherwise."""
        return self.column.get_default()

    @property
    def is_nullable(self) -> bool:
        return bool(self.column.null)

    @property
    def is_required(self) -> bool:
        """Whether there is always a value that says something."""
        return not (self.column.null or self.column.blank)

    @property
    def has_default(self) -> bool:
        return self.column.has_default() or not self.is_required

    @cached_property
    def choices(self) -> dict[str, str]:
        """Value → label."""
        return dict(self.column.flatchoices)
