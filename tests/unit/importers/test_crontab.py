"""What becomes of a crontab: line by line, as crond reads it."""

from __future__ import annotations

import json
import random
import subprocess
from pathlib import Path
from typing import Any

import pytest
from django.test import override_settings
from hypothesis import given
from hypothesis import strategies as st

from jobs.importers.contents.base import Hints
from jobs.importers.contents.crontab import split_at_percent
from jobs.importers.files.document import Document
from jobs.importers.files.drafts import Draft, Reading
from jobs.importers.files.problems import UnreadableFile
from jobs.importers.files.reading import read_documents
from tests.support.configured import configured

GOLDEN = Path(__file__).parent / "crontabs"
NAMES = sorted(path.name for path in GOLDEN.iterdir() if not path.suffix)


def read(text: str, name: str = "crontab", told: Hints | None = None) -> Reading:
    return read_documents([Document(name, text, told=told or Hints())])


def only(text: str, told: Hints | None = None) -> Draft:
    reading = read(text, told=told)
    assert not reading.problems
    (draft,) = reading.drafts
    return draft


def names(text: str) -> set[str]:
    return {draft.name for draft in read(text).drafts}


def as_read(reading: Reading) -> dict[str, Any]:
    fields = ("schedule", "timezone", "jitter_seconds", "params")
    return {
        "jobs": {
            draft.name: {field: draft.values[field] for field in fields} for draft in reading.drafts
        },
        "warnings": [f"{warning.line}: {warning.message}" for warning in reading.warnings],
    }


@pytest.mark.parametrize("name", NAMES)
def test_crontabs_of_real_machines_become_what_was_agreed(name: str) -> None:
    reading = read((GOLDEN / name).read_text(), name)
    assert not reading.problems
    assert as_read(reading) == json.loads((GOLDEN / f"{name}.json").read_text())


def test_a_line_is_handed_to_the_shell() -> None:
    draft = only('5 4 * * sun  cd /srv && ./run "a b" >> log 2>&1')
    assert draft.values["task"] == "RunCommand"
    assert draft.values["params"] == {
        "argv": ["/bin/sh", "-c", 'cd /srv && ./run "a b" >> log 2>&1']
    }
    assert (draft.values["schedule"], draft.values["timezone"]) == ("5 4 * * sun", "UTC")


@pytest.mark.parametrize(
    ("line", "command", "stdin"),
    [
        (r"date +\%F", "date +%F", None),
        ("cat%a%b", "cat", "a\nb\n"),
        (r"cat%50\% off%", "cat", "50% off\n\n"),
        (r"printf '\n' %x", r"printf '\n'", "x\n"),
        ("%", "", "\n"),
        ("echo \\", "echo \\", None),
    ],
)
def test_percent_signs_are_read_as_cron_reads_them(
    line: str, command: str, stdin: str | None
) -> None:
    assert split_at_percent(line) == (command, stdin)


@pytest.mark.parametrize(
    ("line", "output", "status"),
    [
        ("cat%a%b", "a\nb\n", 0),
        ("""read x; echo "<$x>"; exit 3%50\\% 'off'""", "<50% 'off'>\n", 3),
        ("echo $0 $#%", "/bin/sh 0\n", 0),
        ("cat", "", 0),
    ],
)
def test_a_command_reads_its_input_and_keeps_its_status(
    line: str, output: str, status: int
) -> None:
    argv = only(f"@daily {line}").values["params"]["argv"]
    done = subprocess.run(
        argv, capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False
    )
    assert (done.stdout, done.returncode) == (output, status)


@given(st.text(alphabet="ab%\\ ", max_size=30))
def test_no_character_of_a_line_is_lost_but_percents_and_their_backslashes(text: str) -> None:
    command, stdin = split_at_percent(text)
    kept = command + (stdin or "")
    assert sorted(
        kept.replace("\n", "").replace("%", "").replace("\\", "").replace(" ", "")
    ) == sorted(text.replace("%", "").replace("\\", "").replace(" ", ""))


def test_assignments_hold_for_the_lines_below_them() -> None:
    reading = read("0 1 * * * a\nX=1\n0 1 * * * b\nX = ' two '\n0 1 * * * c\n")
    assert [draft.values["params"].get("env") for draft in reading.drafts] == [
        None,
        {"X": "1"},
        {"X": " two "},
    ]


def test_the_home_of_the_file_is_where_its_commands_run() -> None:
    assert only("HOME=/srv\n@daily x").values["params"] == {
        "argv": ["/bin/sh", "-c", "x"], "env": {"HOME": "/srv"}, "cwd": "/srv",
    }  # fmt: skip


def test_times_are_read_in_cron_tz_else_in_the_zone_that_was_told_else_in_the_sites() -> None:
    text = "CRON_TZ=Asia/Tokyo\n0 1 * * * a"
    assert only(text, Hints(zone="Europe/Paris")).values["timezone"] == "Asia/Tokyo"
    assert only("0 1 * * * a", Hints(zone="Europe/Paris")).values["timezone"] == "Europe/Paris"
    with override_settings(TIME_ZONE="Europe/Rome"):
        assert only("0 1 * * * a").values["timezone"] == "Europe/Rome"


@pytest.mark.parametrize(
    ("text", "command"),
    [
        ("0 1 * * * root run-parts /x", "run-parts /x"),
        ("@daily\troot\trun-parts /x", "run-parts /x"),
        ("# m h dom mon dow user command\n0 1 * * * alice backup now", "backup now"),
        ("0 1 * * * alice backup now", "alice backup now"),
        ("0 1 * * * root", "root"),
        ("0 1 * * * git pull", "git pull"),
        ("0 1 * * * git pull\n0 2 * * * mail -s x me", "git pull"),
        ("0 1 * * * git pull\n0 2 * * * root x", "pull"),
        ("0 1 * * * echo hello", "echo hello"),
    ],
)
def test_a_user_column_is_seen_from_the_lines(text: str, command: str) -> None:
    assert read(text).drafts[0].values["params"]["argv"][2] == command


def test_a_user_column_may_be_told() -> None:
    line = "0 1 * * * alice backup now"
    assert only(line, Hints(user_column=True)).values["params"]["argv"][2] == "backup now"
    assert (
        only("0 1 * * * root x", Hints(user_column=False)).values["params"]["argv"][2] == "root x"
    )


def test_a_line_without_a_command_after_its_user_is_refused() -> None:
    (problem,) = read("0 1 * * * alice", told=Hints(user_column=True)).problems
    assert "a user stands before the command" in problem.hint


def test_every_user_is_told_once_that_the_worker_has_its_own() -> None:
    reading = read("# user command\n0 1 * * * root a\n0 1 * * * root b\n0 1 * * * www-data c")
    told = [
        (warning.line, warning.message.removesuffix(" run as the user of the worker"))
        for warning in reading.warnings
    ]
    assert told == [(2, "the jobs of root"), (4, "the jobs of www-data")]


LINES = [
    "0 1 * * * a",
    "0 2 * * * a",
    "0 3 * * * b > /dev/null 2>&1",
    "@daily c >x",
    "@daily c >y",
    "@hourly d 2>&1 | e",
]


def test_jobs_are_named_by_their_commands_and_by_the_time_only_where_they_must() -> None:
    assert names("\n".join(LINES)) == {
        "crontab:a [0 1 * * *]", "crontab:a [0 2 * * *]", "crontab:b", "crontab:c >x",
        "crontab:c >y",
        "crontab:d 2>&1 | e",
    }  # fmt: skip


@given(st.randoms(use_true_random=False))
def test_moving_lines_about_renames_nothing(dice: random.Random) -> None:
    moved = LINES[:]
    dice.shuffle(moved)
    assert names("\n".join(moved)) == names("\n".join(LINES))


def test_another_time_for_a_command_is_a_change_and_not_another_job() -> None:
    assert names("0 1 * * * a") == names("30 2 * * * a")


def test_a_long_command_has_a_short_name_of_its_own() -> None:
    long = "x" * 500
    found = names(f"@daily {long}1\n@daily {long}2")
    assert len(found) == 2
    assert all(len(name) <= 130 for name in found)


def test_the_same_line_twice_is_refused_with_both_lines() -> None:
    (problem,) = read("@daily a\n\n@daily a").problems
    assert (problem.line, "crontab, line 1" in problem.message) == (3, True)


@pytest.mark.parametrize(
    "line",
    ["* * * *", "*/5 * * echo", "@daily", "0 1 * * *", "* * * * *\t", "@ every", "* nonsense"],
)
def test_a_line_that_is_no_job_is_named(line: str) -> None:
    (problem,) = read(f"# mine\n{line}\n").problems
    assert str(problem).startswith(
        "crontab:2:1: this is not a crontab line (a job is five time fields"
    )


def test_a_crontab_with_a_line_that_cannot_be_read_cannot_say_what_it_no_longer_has() -> None:
    assert read("@daily a").complete == {"crontab": "crontab"}
    assert read("@daily a\nnonsense").complete == {}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("MAILTO=me\n@daily a", "MAILTO was ignored"),
        ("TZ=Asia/Tokyo\n@daily a", "TZ is handed to the commands and does not move their times"),
        ("RANDOM_DELAY=soon\n@daily a", "RANDOM_DELAY is not a number of minutes"),
    ],
)
def test_what_is_not_kept_is_said(text: str, message: str) -> None:
    (warning,) = read(text).warnings
    assert (warning.line, message in warning.message) == (1, True)


def test_a_crontab_with_hundreds_of_variables_is_refused() -> None:
    with pytest.raises(UnreadableFile, match="more than 200 variables") as caught:
        Document("crontab", "\n".join(f"X{n}=1" for n in range(300)))
    assert caught.value.line == 201


def test_an_empty_mailto_says_nothing() -> None:
    assert read('MAILTO=""\n@daily a').warnings == []


def test_commands_are_paused_until_they_are_allowed() -> None:
    draft = only("@daily a")
    assert (draft.enabled, "ALLOW_COMMANDS" in draft.pause["paused_reason"]) == (False, True)
    with configured(allow_commands=True):
        assert only("@daily a").enabled is None


@pytest.mark.parametrize(
    "text", ["", " \n ", "# nothing but a comment", "[]", '{"jobs": []}', "5", "null", "words here"]
)
def test_only_what_looks_like_a_crontab_is_read_as_one(text: str) -> None:
    try:
        kind = Document("x", text).kind
    except ValueError:
        kind = "json"
    assert kind == ("crontab" if text.startswith("#") else "json")
