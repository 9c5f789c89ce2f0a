"""``manage.py preview_schedule``."""

from __future__ import annotations

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

pytestmark = pytest.mark.django_db  # a calendar may close all jobs


def preview(*arguments: str) -> str:
    out = StringIO()
    call_command("preview_schedule", *arguments, stdout=out)
    return out.getvalue()


def test_the_text_shows_sentence_dates_and_notes() -> None:
    shown = preview(
        "30 2 * * *", "--timezone", "Europe/Berlin", "--after", "2027-03-26T12:00", "--count", "2"
    )
    assert shown.splitlines()[:4] == [
        "At 02:30 every day, Europe/Berlin",
        "  Sat 27 Mar 2027 02:30:00 CET  2027-03-27 01:30:00Z",
        "  Sun 28 Mar 2027 03:00:00 CEST  2027-03-28 01:00:00Z",
        "note: Sun 28 Mar 2027: 02:30 does not exist and runs at 03:00 CEST",
    ]


def test_json_has_the_same_in_utc() -> None:
    shown = preview(
        "30 2 * * *", "--timezone=Europe/Berlin", "--after=2027-03-27T12:00Z", "--count=1", "--json"
    )
    found = json.loads(shown)
    assert found["description"] == "At 02:30 every day, Europe/Berlin"
    assert found["occurrences"] == ["2027-03-28T01:00:00Z"]
    assert found["notes"][0] == "Sun 28 Mar 2027: 02:30 does not exist and runs at 03:00 CEST"


def test_without_a_moment_it_starts_now() -> None:
    assert len(json.loads(preview("* * * * *", "--json"))["occurrences"]) == 10


def test_an_interval_counts_from_the_moment() -> None:
    shown = preview("@every 1h30m", "--after=2027-01-01T00:00Z", "--count=2", "--json")
    assert json.loads(shown)["occurrences"] == ["2027-01-01T01:30:00Z", "2027-01-01T03:00:00Z"]


def test_a_manual_schedule_has_no_dates() -> None:
    assert preview("@manual") == "Only when started manually\n  no occurrences\n"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["61 * * * *"], "schedule at character 1: minute: 61 is above 59"),
        (
            ["* * * * *", "--timezone=Mars/Olympus"],
            "timezone: 'Mars/Olympus' is not a known time zone",
        ),
        (
            ["* * * * *", "--after=soon"],
            "after: must be a date and time such as 2026-01-31T09:30:00Z",
        ),
        (["2020-01-01T00:00"], "schedule: 2020-01-01T00:00 is in the past"),
        (["31 2 30 2 *"], "schedule at character 6: day-of-month: no such day"),
    ],
)
def test_bad_input_names_its_field(arguments: list[str], message: str) -> None:
    with pytest.raises(CommandError) as caught:
        preview(*arguments)
    assert str(caught.value).startswith(message)
    assert caught.value.returncode == 1
