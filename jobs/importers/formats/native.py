"""Our own file, as ``export_schedule`` writes it: ``{"format": "beatwright/1", "jobs": [{"name",
"task", …}]}``.

A field that is left out has its default, so taking a line away undoes it. ``source`` left out: the
file owns the job; given (as in an export): the job keeps that owner. ``was``: the name that the job
had before.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, create_model
from pydantic import Field as FromFile

from jobs.definition.field import Field, Kind, Place, Section
from jobs.definition.fields import fields_in
from jobs.importers.files.document import Document
from jobs.importers.files.drafts import Draft, Keys
from jobs.importers.files.positions import JsonPath
from jobs.importers.formats.base import Entry, Format
from jobs.models import Job
from jobs.moments import TOO_FAR, is_near, read_moment

FORMAT = "beatwright/1"
IN_FILES = fields_in(Place.FILES)
PAUSE_FIELDS = tuple(field.name for field in IN_FILES if field.section is Section.PAUSE)
FIELDS = tuple(field.name for field in IN_FILES if field.section is not Section.PAUSE)


def read_native_moment(value: Any) -> Any:
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


Moment = Annotated[datetime | None, BeforeValidator(read_native_moment)]
Priority = Annotated[int, BeforeValidator(_priority)]


TYPES: dict[Kind, Any] = {
    Kind.TEXT: str,
    Kind.PROSE: str,
    Kind.NUMBER: int,
    Kind.SECONDS: int,
    Kind.PRIORITY: Priority,
    Kind.MOMENT: Moment,
    Kind.YES_NO: bool,
    Kind.WORDS: list[Any],
    Kind.OBJECT: dict[str, Any],
    Kind.RESOURCES: dict[str, Any],
}
# Left out, these say nothing; any other field then has its default.
SAYS_NOTHING = frozenset({"enabled", "source"})


class _Entry(Entry):
    """What a file says of a job; the other keys are added below."""

    enabled: bool | None = None
    source: str | None = None
    was: str | None = None

    def draft(self, document: Document, path: JsonPath, keys: Keys) -> Draft:
        values = {field: getattr(self, field) for field in FIELDS}
        if self.source is None:
            values["source"] = document.source
        pause = {field: getattr(self, field) for field in PAUSE_FIELDS[1:]}
        is_export = self.source is not None
        draft = Draft(document, path, keys, values, self.enabled, pause, is_export=is_export)
        draft.was = self.was or ""
        return draft


def _one_of(values: tuple[str, ...]) -> Any:
    literal: Any = Literal
    return literal[values]


def _key(field: Field) -> Any:
    """Type and default of a field's key."""
    kind = _one_of(tuple(field.choices)) if field.choices else TYPES[field.kind]
    default = FromFile(default_factory=lambda: field.default) if field.has_default else ...
    return kind | None if field.is_nullable else kind, default


KEYS: Keys = {field: (field,) for field in (*FIELDS, *PAUSE_FIELDS)}
NativeEntry = create_model(
    "NativeEntry",
    __base__=_Entry,
    **{field.name: _key(field) for field in IN_FILES if field.name not in SAYS_NOTHING},
)


def _name(members: Mapping[str, Any], document: Document) -> str:
    name = members.get("name")
    return name if isinstance(name, str) else ""


NATIVE = Format("beatwright", NativeEntry, KEYS, _name, forgiving=False)
