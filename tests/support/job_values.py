"""Values of a job's fields, drawn for each by what the definition says of it: a new field is drawn
at once.
"""

from __future__ import annotations

import string
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from hypothesis import strategies as st

from jobs.definition.field import Field, Kind, Place
from jobs.definition.fields import fields_in
from jobs.params.limits import UNSEEN
from jobs.redaction.keys import MASK
from jobs.redaction.redactor import masked

Strategy = st.SearchStrategy[Any]

SCHEDULES = ["*/5 * * * *", "0 30 2 * * MON", "@every 90s", "@manual"]
storable = st.characters(exclude_categories=["Cs", "Cc"])
texts = st.text(storable, max_size=20)
seen = texts.filter(lambda text: not UNSEEN.search(text))
words = st.text(string.ascii_letters + string.digits, min_size=1, max_size=10)
moments = st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))
# PostgreSQL gives back a float beyond these as the whole number that its digits say.
floats = st.floats(-1e15, 1e15)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | floats | texts,
    lambda below: st.lists(below, max_size=3) | st.dictionaries(texts, below, max_size=3),
    max_leaves=8,
)
# What looks like a secret is shown as a mask, which only the job that holds it can read back.
objects = st.dictionaries(texts.filter(lambda key: key != "self"), json_values, max_size=4).filter(
    lambda found: masked(found) == found and MASK not in repr(found)
)
BY_KIND: dict[Kind, Strategy] = {
    Kind.TEXT: seen,
    Kind.PROSE: texts | st.just("two\nlines "),
    Kind.MOMENT: moments,
    Kind.YES_NO: st.booleans(),
    Kind.WORDS: st.lists(seen.filter(bool), max_size=3),
    Kind.OBJECT: objects,
    Kind.RESOURCES: st.dictionaries(
        st.sampled_from(["cpu", "memory", "storage"]), st.integers(0, 9)
    ),
}
# Where the kind allows more than the field.
BY_NAME: dict[str, Strategy] = {
    "name": seen.filter(str.strip),
    "task": st.just("EchoTask"),
    "schedule": st.sampled_from(SCHEDULES),
    "timezone": st.sampled_from(["UTC", "Europe/Berlin", "Australia/Lord_Howe"]),
    "queue": words,
    "pool": words | st.just(""),
    "must_succeed_by": st.sampled_from(["", "03:00", "23:59+1d", "45m"]),
    "longest_run": st.sampled_from(["", "30m", "2x p95"]),
    "shortest_run": st.sampled_from(["", "10s", "0.5x p95"]),
    "least_output": st.sampled_from(["", "1 row", "10 kB"]),
    "calendars": st.lists(words, max_size=3, unique=True),
    "source": st.sampled_from(["", "/srv/schedule.json"]),
}
ALWAYS = ("name", "task", "schedule")


def value_of(field: Field) -> Strategy:
    """Any value that this field may have."""
    if field.name in BY_NAME:
        return BY_NAME[field.name]
    return st.none() | _value_of(field) if field.is_nullable else _value_of(field)


def _value_of(field: Field) -> Strategy:
    if field.bounds:
        return st.integers(*field.bounds)
    return st.sampled_from(list(field.choices)) if field.choices else BY_KIND[field.kind]


def values_in(
    place: Place, *, without: Iterable[str] = (), **instead: Strategy
) -> st.SearchStrategy[dict[str, Any]]:
    """Values of fields that stand in this list: some of them, ``instead`` being other values of
    some fields.
    """
    drawn = {
        field.name: value_of(field) for field in fields_in(place) if field.name not in without
    } | instead
    always = {name: strategy for name, strategy in drawn.items() if name in ALWAYS}
    rest = {name: strategy for name, strategy in drawn.items() if name not in ALWAYS}
    return st.fixed_dictionaries(always, optional=rest).map(_in_order)


def all_values_in(place: Place, **instead: Strategy) -> st.SearchStrategy[dict[str, Any]]:
    """Values of every field of the list."""
    drawn = {field.name: value_of(field) for field in fields_in(place)} | instead
    return st.fixed_dictionaries(drawn).map(_in_order)


def _in_order(values: dict[str, Any]) -> dict[str, Any]:
    """The same, ending after it starts."""
    starts, ends = values.get("starts_at"), values.get("ends_at")
    return values | {"ends_at": None} if starts and ends and ends <= starts else values
