"""Which crontabs have a user column, and what cron's own rules say of the rest of a line."""

from __future__ import annotations

import pytest

from jobs.importers.contents.base import Hints
from jobs.importers.files.document import Document
from tests.unit.importers.test_crontab import read


@pytest.mark.parametrize(
    ("path", "command"),
    [
        ("/etc/crontab", "backup now"),
        ("/etc/cron.d/any", "backup now"),
        ("/var/spool/cron/crontabs/ana", "alice backup now"),
        ("/var/spool/cron/ana", "alice backup now"),
        ("/var/spool/cron/tabs/ana", "alice backup now"),
        ("debian/php.cron.d", "backup now"),
        ("/home/ana/crontab", "alice backup now"),
    ],
)
def test_the_place_of_a_crontab_says_whether_users_stand_in_it(path: str, command: str) -> None:
    draft = read("0 1 * * * alice backup now", path).drafts[0]
    assert draft.values["params"]["argv"][2] == command


def test_what_was_told_goes_before_the_place() -> None:
    draft = read("0 1 * * * alice backup now", "/etc/cron.d/any", Hints(user_column=False)).drafts[
        0
    ]
    assert draft.values["params"]["argv"][2] == "alice backup now"


@pytest.mark.parametrize(
    ("text", "command"),
    [
        ("# m h dom mon dow user command\n0 1 * * * echo hello", "echo hello"),
        ("# m h dom mon dow user command\n0 1 * * * /usr/bin/x a", "/usr/bin/x a"),
        ("0 1 * * * root x\n0 2 * * * munin y", "x"),
        ("0 1 * * * root x\n0 2 * * * /usr/bin/y z", "root x"),
        ("0 1 * * * root x\n0 2 * * * if true; then y; fi", "root x"),
    ],
)
def test_a_line_that_no_user_can_begin_decides(text: str, command: str) -> None:
    assert read(text).drafts[0].values["params"]["argv"][2] == command


@pytest.mark.parametrize(
    ("command", "is_left"),
    [
        ("x &", True),
        ("x&", True),
        ("(x) > /dev/null 2>&1 &", True),
        ("nohup x & disown", True),
        ("(sleep 5; x &)", True),
        ("{ x & }", True),
        ("x && y", False),
        ("x > /dev/null 2>&1", False),
        ("x &> /dev/null", False),
        ("x & wait", False),
        ("x \\&", False),
    ],
)
def test_what_a_command_leaves_in_the_background_is_said(command: str, is_left: bool) -> None:
    assert (
        any("ends with &" in warning.message for warning in read(f"@daily {command}").warnings)
        is is_left
    )


@pytest.mark.parametrize(
    "text",
    ["~ * * * * x", "H 4 * * * x", "H/15 * * * * x", "H(0-29) * * * * x", "%w x", "@every 5m x"],
)
def test_a_crontab_may_begin_with_the_words_of_another_cron(text: str) -> None:
    assert Document("x", text).kind == "crontab"


@pytest.mark.parametrize(
    "line",
    [
        "*/5 * * * * * * x",
        "0 0 1 1 * * x",
        "* * * * * 2027 x",
        "0 */5 * * * ? x",
        "0 0 12 * * 1-5 x",
    ],
)
def test_a_line_with_more_time_fields_than_cron_has_is_refused(line: str) -> None:
    (problem,) = read(line).problems
    assert "a time field stands where the command begins" in problem.message
