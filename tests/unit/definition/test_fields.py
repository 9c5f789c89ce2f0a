"""Every column of a job is in the definition, and what is written out by hand holds to it."""

from __future__ import annotations

import re
from typing import Any

import pytest

from jobs.api.shapes.jobs import JobAnswer, JobPatch, NewJob
from jobs.compat import distributed_job_scheduler
from jobs.compat.dts_go import jobs as dts_go
from jobs.compat.dts_go.job_service import SENT
from jobs.compat.dts_go.protos import job_pb2
from jobs.compat.godispatch import tasks as godispatch
from jobs.definition.checking import CHECKS
from jobs.definition.field import Field, Kind, Place
from jobs.definition.fields import BY_NAME, FIELDS, fields_in, names_in
from jobs.models import Job
from tests.support.processes import BASE_DIR

REFERENCE = BASE_DIR / "docs" / "reference"
STATE = {"next_run_at", "last_scheduled_for", "schedule_error"}
NUMBERS = {Kind.NUMBER, Kind.SECONDS, Kind.PRIORITY}


def test_every_column_of_a_job_is_in_the_definition() -> None:
    assert sorted(field.name for field in FIELDS) == sorted(
        column.name for column in Job._meta.concrete_fields
    )


def test_where_a_field_has_no_business_the_definition_says_why() -> None:
    silent = [
        (field.name, place)
        for field in FIELDS
        for place, why in field.absent.items()
        if len(why.split()) < 3
    ]
    assert silent == []


@pytest.mark.parametrize("place", Place)
def test_a_field_that_is_new_is_in_every_list(place: Place) -> None:
    field = Field(name="new", kind=Kind.TEXT, label="New", section=FIELDS[0].section)
    assert place not in field.absent


@pytest.mark.parametrize("field", fields_in(Place.ACTIONS), ids=lambda field: field.name)
def test_what_can_be_set_is_explained_bounded_and_checked(field: Field) -> None:
    checked = frozenset[str]().union(*(names for names, _ in CHECKS))
    assert field.help.endswith(".")
    assert (field.bounds is not None) == (field.kind in NUMBERS)
    assert bool(field.choices) == (field.kind is Kind.CHOICE)
    assert field.name in checked | {"params"}


def test_what_may_be_empty_says_what_that_means() -> None:
    assert [
        field.name for field in fields_in(Place.ACTIONS) if field.is_nullable and not field.empty
    ] == []


def test_a_default_is_within_its_bounds_and_its_choices() -> None:
    for field in fields_in(Place.ACTIONS):
        if field.bounds and field.default is not None:
            assert field.bounds[0] <= field.default <= field.bounds[1]
        if field.choices:
            assert field.default in field.choices


def test_every_field_with_a_flag_has_one_of_its_own() -> None:
    flags = [field.flag for field in fields_in(Place.FLAGS)]
    assert all(flag.startswith("--") for flag in flags)
    assert len(set(flags)) == len(flags)
    assert [field.name for field in FIELDS if field.flag and Place.FLAGS in field.absent] == []


# --- What is written out ---


@pytest.mark.parametrize("shape", [NewJob, JobPatch])
def test_what_rest_takes_is_what_the_definition_says(shape: Any) -> None:
    assert sorted(shape.model_fields) == sorted(names_in(Place.API))


def test_what_rest_answers_is_every_column_and_the_state() -> None:
    assert set(JobAnswer.model_fields) == {field.name for field in FIELDS} | STATE


@pytest.mark.parametrize("field", fields_in(Place.API), ids=lambda field: field.name)
def test_rest_has_the_defaults_the_bounds_the_choices_and_the_words(field: Field) -> None:
    schema = NewJob.model_json_schema()
    said = schema["properties"][field.name]
    options = [said, *said.get("anyOf", [])]
    if field.has_default:
        assert (
            NewJob.model_fields[field.name].get_default(call_default_factory=True) == field.default
        )
    else:
        assert field.name in schema["required"]
    bounds = [(option["minimum"], option["maximum"]) for option in options if "minimum" in option]
    assert bounds == ([field.bounds] if field.bounds else [])
    if field.choices:
        assert sorted(said["enum"]) == sorted(field.choices)
    assert any(option.get("description", "").startswith(field.help) for option in options)


def test_grpc_sends_and_answers_the_same_fields() -> None:
    told = {field.name for field in job_pb2.JobResponse.DESCRIPTOR.fields}
    sent = {field.name for field in job_pb2.CreateJobRequest.DESCRIPTOR.fields}
    assert set(dts_go.FIELDS) == sent - {"metadata", "status"} == set(SENT) - {"status"}
    assert set(dts_go.FIELDS) <= told


@pytest.mark.parametrize(
    "names", [distributed_job_scheduler.FIELDS, dts_go.FIELDS, godispatch.FIELDS]
)
def test_the_older_systems_name_fields_of_the_definition(names: dict[str, str]) -> None:
    assert set(names.values()) <= set(names_in(Place.ACTIONS))


# --- The documents ---


def rows_of(page: str) -> dict[str, list[str]]:
    """The table of our own form: field → its cells."""
    table = page.partition("## Our own form")[2].partition("\n## ")[0]
    cells = [
        [cell.strip() for cell in row.strip("|").split(" | ")]
        for row in re.findall(r"^\| .*$", table, re.MULTILINE)
    ]
    return {name: row for row in cells for name in re.findall(r"`(\w+)`", row[0])}


def test_the_reference_of_schedule_files_has_every_field_and_its_default() -> None:
    rows = rows_of((REFERENCE / "schedule-files.md").read_text())
    assert sorted(rows) == sorted(names_in(Place.FILES))
    for name, row in rows.items():
        default = BY_NAME[name].default
        if default not in (None, "", {}, []) and name != "enabled":
            assert row[2].strip('`"').lower() == str(default).lower(), name


def test_the_reference_of_commands_has_every_flag() -> None:
    page = (REFERENCE / "commands.md").read_text()
    missing = [
        field.flag
        for field in fields_in(Place.FLAGS)
        if not re.search(rf"{field.flag}(?![\w-])", page)
    ]
    assert missing == []
