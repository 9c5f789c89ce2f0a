"""Our own form in JSON, YAML and TOML: the same jobs, the same refusals, one schema."""

from __future__ import annotations

import json
import re
from typing import Any

import jsonschema
import pytest
import yaml

from jobs.definition.field import Place
from jobs.definition.fields import names_in
from jobs.importers.files.document import Document
from jobs.importers.files.drafts import Reading
from jobs.importers.files.reading import read_files
from jobs.importers.formats.schema import schema_of_files
from tests.support.processes import BASE_DIR

JSON = """
{
  "$schema": "./schedule.schema.json",
  "format": "beatwright/1",
  "jobs": [
    {"name": "a", "task": "LogTask", "schedule": "30 2 * * *", "timezone": "Europe/Berlin",
     "params": {"message": "hi"}, "starts_at": "2027-01-01T00:00:00Z", "tags": ["x", "y"]},
    {"name": "b", "task": "EchoTask", "schedule": "@manual", "max_retries": 3, "enabled": false}
  ]
}
"""
YAML = """\
# yaml-language-server: $schema=./schedule.schema.json
$schema: ./schedule.schema.json
format: beatwright/1
jobs:
- name: a
  task: LogTask
  schedule: 30 2 * * *
  timezone: Europe/Berlin
  params: {message: hi}
  starts_at: 2027-01-01T00:00:00Z
  tags: [x, "y"]
- {name: b, task: EchoTask, schedule: "@manual", max_retries: 3, enabled: false}
"""
TOML = """\
"$schema" = "./schedule.schema.json"
format = "beatwright/1"

[[jobs]]
name = "a"
task = "LogTask"
schedule = "30 2 * * *"
timezone = "Europe/Berlin"
starts_at = 2027-01-01T00:00:00Z
tags = ["x", "y"]
[jobs.params]
message = "hi"

[[jobs]]
name = "b"
task = "EchoTask"
schedule = "@manual"
max_retries = 3
enabled = false
"""
FORMS = {"json": JSON, "yaml": YAML, "toml": TOML}


def reading(text: str) -> Reading:
    return read_files([("jobs.txt", lambda name, told: Document(name, text, told=told))])


def problem(text: str) -> str:
    [found] = reading(text).problems
    return str(found)


@pytest.mark.parametrize("form", ["yaml", "toml"])
def test_every_form_says_the_same(form: str) -> None:
    said, wanted = reading(FORMS[form]), reading(JSON)
    assert said.problems == wanted.problems == []
    assert [(draft.values, draft.enabled) for draft in said.drafts] == [
        (draft.values, draft.enabled) for draft in wanted.drafts
    ]


@pytest.mark.parametrize(("form", "line"), [("json", 8), ("yaml", 12), ("toml", 18)])
def test_every_form_names_the_line_of_a_field_that_is_unknown(form: str, line: int) -> None:
    told = problem(FORMS[form].replace("max_retries", "max_retrys"))
    assert told.startswith(f"jobs.txt:{line}")
    assert "did you mean 'max_retries'?" in told


@pytest.mark.parametrize("form", FORMS)
def test_a_required_field_that_is_misspelt_is_named_by_both_names(form: str) -> None:
    wrong = re.sub(r"schedule(?!\.)", "schdule", FORMS[form])
    told = "\n".join(map(str, reading(wrong).problems))
    assert "schedule: is required" in told
    assert "schdule: is not a field of a job (did you mean 'schedule'?)" in told


@pytest.mark.parametrize("form", FORMS)
def test_every_form_refuses_a_key_of_the_file_that_says_nothing(form: str) -> None:
    told = problem(FORMS[form].replace("$schema", "schema"))
    assert "has a key that is not known: 'schema'" in told
    assert "did you mean $schema?" in told


@pytest.mark.parametrize(
    ("form", "again"),
    [
        ("json", '"name": "b", "name": "c"'),
        ("yaml", "name: b, name: c"),
        ("toml", 'name = "b"\nname = "c"'),
    ],
)
def test_every_form_refuses_a_key_that_stands_twice(form: str, again: str) -> None:
    text = FORMS[form]
    for once in ('"name": "b"', "name: b", 'name = "b"'):
        text = text.replace(once, again) if once in text else text
    told = problem(text)
    assert any(word in told for word in ("twice", "overwrite"))
    assert re.match(r"jobs\.txt:\d+:", told)


@pytest.mark.parametrize(
    "value",
    ["no", "Yes", "on", "OFF", "y", "0600", "0o17", "12:30", "00:01:02", "1_000", "0b1", "1e3"],
)
def test_a_text_that_readers_of_yaml_disagree_about_is_refused(value: str) -> None:
    told = problem(YAML.replace("message: hi", f"message: {value}"))
    assert f"params.message: readers of YAML disagree about {value}" in told
    assert "put a text into quotes" in told
    assert told.startswith("jobs.txt:9:")


@pytest.mark.parametrize("value", ['"no"', "'0600'", "true", "5", "1.5", "-3", "0", "null", "nope"])
def test_a_text_in_quotes_and_what_all_agree_about_is_read(value: str) -> None:
    [draft, _] = reading(YAML.replace("message: hi", f"message: {value}")).drafts
    assert draft.values["params"]["message"] == yaml.safe_load(value)


def test_a_control_character_in_yaml_is_told() -> None:
    assert "is not YAML" in problem(YAML.replace("hi", "hi\x1f"))


def test_a_mistake_in_toml_is_told_with_its_place() -> None:
    assert problem(TOML.replace('"LogTask"', "LogTask")).startswith("jobs.txt:6:8: is not TOML:")


@pytest.mark.parametrize("number", ["inf", "nan"])
def test_a_number_that_is_none_is_refused_in_toml(number: str) -> None:
    assert "is not a number that a job can have" in problem(
        TOML.replace('message = "hi"', f"message = {number}")
    )


# --- The schema ---


def valid(value: Any) -> bool:
    return jsonschema.Draft202012Validator(schema_of_files()).is_valid(value)


def test_the_published_schema_is_the_one_that_is_made() -> None:
    published = (BASE_DIR / "docs/reference/schedule.schema.json").read_text()
    assert json.loads(published) == schema_of_files(), "manage.py schema writes it"


def test_the_schema_is_a_schema_and_has_every_field() -> None:
    schema = schema_of_files()
    jsonschema.Draft202012Validator.check_schema(schema)
    job = schema["$defs"]["job"]
    assert sorted(job["properties"]) == sorted([*names_in(Place.FILES), "was"])
    assert job["required"] == ["name", "task", "schedule"]


def test_what_is_read_is_valid() -> None:
    assert valid(json.loads(JSON))


ODD: list[dict[str, Any]] = [
    {"schdule": "@daily"},
    {"timeout_seconds": "60"},
    {"timeout_seconds": 0},
    {"overlap_policy": "never"},
    {"priority": "highest"},
    {"enabled": "yes"},
    {"tags": "x"},
    {"params": []},
    {"resources": {"cpu": "1"}},
]


@pytest.mark.parametrize("fields", ODD, ids=[str(each) for each in ODD])
def test_what_the_schema_refuses_is_refused_by_name(fields: dict[str, Any]) -> None:
    job = {"name": "a", "task": "EchoTask", "schedule": "@manual"}
    assert valid({"jobs": [job]})
    assert not valid({"jobs": [job | fields]})
