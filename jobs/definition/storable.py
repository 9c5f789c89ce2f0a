"""What no database column of ours could hold: texts too long or with characters no database
stores.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any, cast

from django.db.models import CharField

from jobs.definition.field import Kind, Place
from jobs.definition.fields import fields_in
from jobs.errors import DomainError
from jobs.models import Job
from jobs.params.limits import UNSTORABLE, TooMuch, encoded

# Texts that a check of their own holds to more than that.
CHECKED = frozenset({"name", "task", "schedule", "timezone", "queue"})
TEXTS: dict[str, int | None] = {
    field.name: field.longest or cast("CharField[str, str]", field.column).max_length
    for field in fields_in(Place.FILES)
    if field.kind in {Kind.TEXT, Kind.PROSE} and field.name not in CHECKED
}
NESTS = ("tags", "metadata")
STORED = frozenset(TEXTS) | frozenset(NESTS)


def refuse_unknown(values: Mapping[str, Any], known: Collection[str], kind: str) -> None:
    """Raise DomainError for a field that such a thing (``kind``: a job) has not, or that nobody
    sets.
    """
    for field in values.keys() - known:
        raise DomainError(f"is not a field of {kind} that can be set", field=field)


def unstorable(job: Job) -> Iterator[DomainError]:
    """A problem for each of the fields of STORED that could not be written."""
    for name, longest in TEXTS.items():
        yield from unfit_text(name, getattr(job, name), longest)
    for name in NESTS:
        if value := getattr(job, name):
            yield from _too_much(name, value)


def unfit_text(name: str, text: object, longest: int | None) -> Iterator[DomainError]:
    """What is wrong with a text that a column of so many characters is to hold."""
    if not isinstance(text, str):
        yield DomainError("must be text", field=name)
    elif longest is not None and len(text) > longest:
        yield DomainError(f"must have at most {longest} characters", field=name)
    elif UNSTORABLE.search(text):
        yield DomainError("contains a character that cannot be stored", field=name)


def _too_much(name: str, value: object) -> Iterator[DomainError]:
    try:
        encoded({name: value})
    except TooMuch as error:
        yield DomainError(error.problem[1], field=name)
