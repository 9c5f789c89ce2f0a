"""Draft: a job as a file writes it, and where in the file each of its fields stands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from jobs.importers.files.document import Document
from jobs.importers.files.positions import JsonPath
from jobs.importers.files.problems import Problem

Keys = Mapping[str, JsonPath]


@dataclass(slots=True)
class Draft:
    """``values``: Job field → value, only for what the file's format can say.

    ``enabled`` is None where the file does not say; ``pause`` holds by whom, why and until when,
    where it says so. ``is_export``: an export wrote it, as it says who owns the job. ``is_off``:
    the file's system has switched it off, which it does with a one-off that ran. ``keys``: Job
    field → the keys that lead to it within the entry. ``notes``: (field, what is to be known of
    it). ``was``: the name that the job had before.
    """

    document: Document
    path: JsonPath
    keys: Keys
    values: dict[str, Any]
    enabled: bool | None = None
    pause: dict[str, Any] = field(default_factory=dict)
    is_export: bool = False
    is_off: bool = False
    notes: list[tuple[str, str]] = field(default_factory=list)
    was: str = ""

    @property
    def name(self) -> str:
        return str(self.values["name"])

    @property
    def source(self) -> str:
        return str(self.values["source"])

    def problem(self, field: str, message: str, hint: str = "") -> Problem:
        """What is wrong with one of the job's fields, as a person finds it in the file."""
        within = self.keys.get(field, ())
        shown = ".".join(str(key) for key in within) or field
        return problem_at(
            self.document, (*self.path, *within), message, hint=hint, job=self.name, field=shown
        )


@dataclass(slots=True)
class Reading:
    """What one or more files say: the drafts, what is wrong with the rest, and what was passed
    over.

    ``complete`` holds the sources of the files all of whose entries have a readable name: only of
    those can be said what they no longer have. ``names`` are all names they have, those of broken
    entries too.
    """

    drafts: list[Draft] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    warnings: list[Problem] = field(default_factory=list)
    complete: dict[str, str] = field(default_factory=dict)
    names: dict[str, set[str]] = field(default_factory=dict)


def problem_at(
    document: Document,
    path: JsonPath,
    message: str,
    *,
    hint: str = "",
    job: str = "",
    field: str = "",
) -> Problem:
    line, column = document.position(path)
    return Problem(document.name, line, column, document.path_text(path), job, field, message, hint)
