from __future__ import annotations

import json
from typing import Any

import pytest

from jobs.lifecycle.texts import bounded_json, bounded_text, clean_json, first_line, shown_arguments
from jobs.redaction.keys import MASK
from jobs.redaction.redactor import Redactor


def test_json_within_the_limit_is_kept_as_it_is() -> None:
    assert bounded_json('{"a": 1}', 8) == '{"a": 1}'


@pytest.mark.parametrize("character", ["x", '"', "\\", "é", "\n"])
def test_json_over_the_limit_becomes_a_valid_mark_within_it(character: str) -> None:
    mark = bounded_json(json.dumps(character * 5000), 2000)

    assert len(mark.encode()) <= 2000
    assert json.loads(mark)["truncated"] is True
    assert json.loads(mark)["bytes"] > 5000


@pytest.mark.parametrize(
    ("value", "stored"),
    [
        ({"a": ["x\x00y", {"b\x00": 1}]}, {"a": ["x\ufffdy", {"b\ufffd": 1}]}),
        ("half \ud800", "half ?"),
        ([1, 2.5, None, True], [1, 2.5, None, True]),
        ({1, 2}.__class__, "<class 'set'>"),
        (float("nan"), "nan"),
    ],
)
def test_any_value_becomes_json_that_a_database_stores(value: Any, stored: Any) -> None:
    assert clean_json(value) == stored


def test_a_value_that_contains_itself_becomes_text() -> None:
    endless: list[Any] = []
    endless.append(endless)

    assert isinstance(clean_json(endless), str)


def test_arguments_are_shown_as_django_celery_results_stores_them() -> None:
    assert (
        json.loads(shown_arguments({"to": "ann", "password": "hush"}))
        == f"{{'to': 'ann', 'password': '{MASK}'}}"
    )


def test_a_long_text_loses_its_middle() -> None:
    text = bounded_text("a" * 500 + "b" * 500, 100)

    assert text == "a" * 50 + "\n… 900 characters left out …\n" + "b" * 50
    assert bounded_text("short\x00", 100) == "short\ufffd"


def test_a_very_long_first_line_is_cut() -> None:
    assert first_line("x" * 5000) == "x" * 399 + "…"


@pytest.mark.parametrize(
    ("text", "line"), [("", ""), ("\n\n  boom \nmore", "boom"), ("a\x00b", "a\ufffdb")]
)
def test_the_first_line_is_the_first_that_says_something(text: str, line: str) -> None:
    assert first_line(text) == line


def test_a_secret_within_which_a_result_was_cut_is_hidden_all_the_same() -> None:
    secret, kept = "corr3ct-h0rse-battery", (2000 - 100) // 2
    text = json.dumps("x" * (kept - 11) + secret + "y" * 5000)

    mark = json.loads(bounded_json(text, 2000))

    assert mark["head"].endswith("corr3ct-h0…")
    assert Redactor([secret]).json(mark)["head"].endswith(f"x{MASK}…")
