"""What is written through a surface is what a job has, and an edit through it loses nothing: every
field, any value.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jobs.access.audit import as_json_value
from jobs.actions.jobs import restore_version, update_job
from jobs.definition.field import Field, Kind, Place
from jobs.definition.fields import fields_in, names_in
from jobs.models import Job, Pool
from tests.support.api import Api
from tests.support.builders import by, make_calendars, make_job
from tests.support.job_values import all_values_in, objects, seen, values_in, words
from tests.support.typed import manage_json

ADD = "/admin/beatwright/job/add/"
numbers = itertools.count(1)
each_of_many = settings(
    max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@pytest.fixture(autouse=True)
def _files_to_serve(static_root: None) -> None:
    """Pages name static files."""


@pytest.fixture
def boss() -> Client:
    client = Client()
    client.force_login(User.objects.create_superuser("boss"))
    return client


def written(values: dict[str, Any]) -> dict[str, Any]:
    """The same under a name that no other example has; its pool and its calendars are there."""
    make_calendars(values.get("calendars", ()))
    if pool := values.get("pool"):
        now = timezone.now()
        Pool.objects.get_or_create(name=pool, defaults={"created_at": now, "updated_at": now})
    return values | {"name": f"{values.get('name', '')}{next(numbers)}"}


def has(job: Job, place: Place) -> dict[str, Any]:
    return {name: as_json_value(getattr(job, name)) for name in names_in(place)}


def in_json(values: dict[str, Any]) -> dict[str, Any]:
    return {name: as_json_value(value) for name, value in values.items()}


# --- Versions ---


@each_of_many
@given(all_values_in(Place.VERSIONS), all_values_in(Place.VERSIONS))
def test_a_version_brings_back_every_field(before: dict[str, Any], after: dict[str, Any]) -> None:
    job = make_job(**written(before))
    said = has(job, Place.VERSIONS)
    changed = update_job(job, written(after), actor=by("ana"), now=timezone.now())
    assert has(changed, Place.VERSIONS) != said
    assert has(restore_version(job, 1, actor=by("ana"), now=timezone.now()), Place.VERSIONS) == said


# --- Commands ---


def flag(field: Field, value: Any) -> str:
    """The flag as it is typed."""
    if value is None:
        text = ""
    elif field.kind is Kind.WORDS:
        text = ",".join(value)
    elif field.kind in {Kind.OBJECT, Kind.RESOURCES}:
        text = json.dumps(value)
    elif field.kind is Kind.YES_NO:
        text = str(value).lower()
    else:
        text = str(as_json_value(value))
    return f"{field.flag}={text}"


def flags(values: dict[str, Any]) -> list[str]:
    return [
        flag(field, values[field.name]) for field in fields_in(Place.FLAGS) if field.name in values
    ]


typed = all_values_in(Place.FLAGS, tags=st.lists(words, max_size=3))


@each_of_many
@given(typed, typed)
def test_each_flag_of_job_create_and_of_job_update_sets_its_field(
    made: dict[str, Any], new: dict[str, Any]
) -> None:
    name = written(made)["name"]
    shown = manage_json("job", "create", name, *flags(made))
    assert {field: shown[field] for field in made} == in_json(made)
    assert has(Job.objects.get(name=name), Place.FLAGS) == in_json(made)
    assert manage_json("job", "get", name) == shown
    written(new)
    changed = manage_json("job", "update", name, *flags(new))
    assert {field: changed[field] for field in new} == in_json(new)


@each_of_many
@given(
    values_in(Place.FILES, without=["enabled", "paused_by", "paused_reason", "paused_until"]),
    st.data(),
)
def test_a_flag_changes_its_field_alone(values: dict[str, Any], data: st.DataObject) -> None:
    job = make_job(**written(values))
    field = data.draw(
        st.sampled_from([field for field in fields_in(Place.FLAGS) if field.name != "metadata"])
    )
    before = manage_json("job", "get", job.name)
    value = data.draw(typed)[field.name] if field.name != "pool" else ""
    if field.name == "calendars":
        make_calendars(value)
    manage_json("job", "update", f"--id={job.pk}", flag(field, value))
    after = manage_json("job", "get", job.name)
    moved = {name for name, value in after.items() if value != before[name]}
    assert moved <= {field.name, "version", "updated_at", "next_run_at"}


# --- REST ---


@each_of_many
@given(all_values_in(Place.API), st.data())
def test_a_job_read_from_rest_and_put_back_is_the_same(
    values: dict[str, Any], data: st.DataObject
) -> None:
    api = Api()
    sent = in_json(written(values))
    made = api.post("jobs/", sent)
    assert made.status_code == 201, made.content
    told = made.json()
    assert {name: told[name] for name in sent} == sent
    body = {name: told[name] for name in names_in(Place.API)}
    put = api.send("put", f"jobs/{told['id']}/", body)
    assert (put.status_code, put.json()) == (200, told)
    name = data.draw(st.sampled_from(sorted(body)))
    assert api.send("patch", f"jobs/{told['id']}/", {name: body[name]}).json() == told


# --- The form ---


def sent_by_a_browser(client: Client, address: str) -> dict[str, str]:
    """What a browser sends of the form at this address when nothing is touched."""
    form = client.get(address).context["form"]
    return {name: text for name in form.fields if (text := _typed(form[name])) is not None}


def _typed(bound: Any) -> str | None:
    shown = bound.field.widget.format_value(bound.value())
    text = next(iter(shown), "") if isinstance(shown, list) else shown
    if isinstance(bound.value(), datetime):
        return str(text).removesuffix(":00") if str(text).count(":") > 1 else str(text)
    return None if text is None else str(text).replace("\n", "\r\n")


hidden = objects.map(lambda found: found | {"password": "corr3ct-h0rse"})


@each_of_many
@given(all_values_in(Place.ACTIONS, params=objects | hidden, metadata=objects | hidden))
def test_a_form_that_is_saved_untouched_changes_nothing(
    boss: Client, values: dict[str, Any]
) -> None:
    job = make_job(**written(values))
    before = vars(Job.objects.get(pk=job.pk))
    address = f"/admin/beatwright/job/{job.pk}/change/"
    answer = boss.post(address, sent_by_a_browser(boss, address))
    assert answer.status_code == 302, answer.context["form"].errors
    after = vars(Job.objects.get(pk=job.pk))
    assert {name: after[name] for name in names_in(Place.ACTIONS)} == {
        name: before[name] for name in names_in(Place.ACTIONS)
    }
    assert after["version"] == 1


@each_of_many
@given(all_values_in(Place.FORM, params=objects | hidden, metadata=objects | hidden))
def test_a_duplicate_has_all_that_its_original_has(boss: Client, values: dict[str, Any]) -> None:
    job = make_job(**written(values))
    address = f"{ADD}?from={job.pk}"
    answer = boss.post(
        address, sent_by_a_browser(boss, address) | {"name": f"copy {next(numbers)}"}
    )
    assert answer.status_code == 302, answer.context["form"].errors
    copy = Job.objects.latest("created_at")
    assert has(copy, Place.FORM) | {"name": ""} == has(job, Place.FORM) | {"name": ""}


@each_of_many
@given(
    all_values_in(
        Place.FORM, tags=st.lists(words, max_size=3, unique=True), owner=seen.map(str.strip)
    )
)
def test_what_is_typed_into_the_form_is_saved(boss: Client, values: dict[str, Any]) -> None:
    values = _whole_seconds(written(values))
    original = make_job(**values)
    typed = sent_by_a_browser(boss, f"/admin/beatwright/job/{original.pk}/change/")
    original.delete()
    answer = boss.post(ADD, typed)
    assert answer.status_code == 302, answer.context["form"].errors
    said = has(Job.objects.latest("created_at"), Place.FORM)
    assert said == in_json(values) | {
        "name": values["name"].strip(),
        "description": values["description"].strip(),
    }


def _whole_seconds(values: dict[str, Any]) -> dict[str, Any]:
    """Moments that a form can take: no fractions, and in a zone whose clocks do not change."""
    moments = {
        name: value.replace(microsecond=0)
        for name, value in values.items()
        if isinstance(value, datetime)
    }
    starts, ends = moments.get("starts_at"), moments.get("ends_at")
    return (
        values
        | moments
        | {"timezone": "UTC"}
        | ({"ends_at": None} if starts and starts == ends else {})
    )


@each_of_many
@given(all_values_in(Place.ACTIONS, metadata=hidden))
def test_the_page_tells_every_field_of_the_configuration(
    boss: Client, values: dict[str, Any]
) -> None:
    job = make_job(**written(values))
    groups = boss.get(f"/admin/beatwright/job/{job.pk}/").context["config"]
    facts = dict(_facts(groups))
    assert sorted(facts) == sorted(field.label for field in fields_in(Place.PAGE))
    assert all(facts.values())
    assert "corr3ct-h0rse" not in str(facts)


def _facts(groups: Any) -> Iterator[tuple[str, str]]:
    return itertools.chain.from_iterable(facts for _, facts in groups)
