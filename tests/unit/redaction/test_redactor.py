"""A secret that is known is hidden wherever it stands, in whatever dress; and comes back where its
mask comes back.
"""

from __future__ import annotations

import json
import secrets
import time
from typing import Any
from urllib.parse import quote, quote_plus

import pytest

from jobs.redaction.keys import MASK
from jobs.redaction.redactor import OPEN, masked, redactor_of
from jobs.redaction.restore import has_mask, restored

SECRET = 'hun"ter 2/ü'


@pytest.mark.parametrize(
    "written",
    [SECRET, json.dumps(SECRET)[1:-1], json.dumps(SECRET, ensure_ascii=False)[1:-1],
     repr(SECRET)[1:-1],
     quote(SECRET), quote(SECRET, safe=""), quote_plus(SECRET)],
)  # fmt: skip
def test_the_runs_own_secrets_are_found_as_they_are_written(written: str) -> None:
    redactor = redactor_of({"db": {"password": SECRET}})
    assert redactor.text(f"before {written} after") == f"before {MASK} after"
    assert redactor.json({"said": [f"before {written}"], "n": 1}) == {
        "said": [f"before {MASK}"],
        "n": 1,
    }


def test_each_line_of_a_long_secret_is_one() -> None:
    redactor = redactor_of({"private_key": "-----BEGIN-----\nMIIEpAIB\n-----END-----"})
    assert redactor.text("a\nMIIEpAIB\nb\n") == f"a\n{MASK}\nb\n"


def test_the_password_in_an_address_is_known_too() -> None:
    assert (
        redactor_of({"url": "amqp://bob:hunter22@h/"}).text("bob said hunter22")
        == f"bob said {MASK}"
    )


def test_a_secret_in_a_text_that_is_json_is_known_too() -> None:
    """A job's metadata says its params once more as a text, for those whose messages have texts
    alone.
    """
    inner = json.dumps(
        {"db": {"credentials": [SECRET]}, "at": f"x://bob:{quote(SECRET, safe='')}@h/"}
    )
    for value in (inner, json.dumps([inner]), json.dumps({"n": [{"m": inner}]})):
        assert "hun" not in json.dumps(masked({"params": value}))
        assert redactor_of({"credentials": value}).text(f"in with {SECRET}") == f"in with {MASK}"


@pytest.mark.parametrize(
    "text", ["[" * 5_000 + "]" * 5_000, '{"a":' * 500 + "1" + "}" * 500, "{", "[" * 100_000]
)
def test_a_text_that_is_hardly_json_is_looked_through_as_a_text(text: str) -> None:
    assert masked({"of": text}) == {"of": text}


def test_what_is_very_short_would_be_found_everywhere_and_is_not_looked_for() -> None:
    assert redactor_of({"pin": {"token": "abc"}}).text("abc") == "abc"


def test_a_secret_that_was_cut_off_leaves_nothing_behind() -> None:
    redactor = redactor_of({"token": "abcdTOKEN"})
    assert redactor.text("it ended with abcdTO…") == f"it ended with {MASK}…"


def test_the_open_redactor_hides_nothing() -> None:
    assert OPEN.json({"password": "x"}) == {"password": "x"}
    assert OPEN.text("password=x") == "password=x"


def test_a_references_name_is_no_secret() -> None:
    params = {"password": {"$secret": "database"}, "note": "the database"}
    assert masked(params) == params


@pytest.mark.parametrize(
    "within",
    ["postgresql://bob:{}@h/", '{"password": "{}"}', "Authorization: Bearer {}", "password={}"],
)
def test_the_place_of_a_secret_in_a_text_is_shown(within: str) -> None:
    params = {"dsn": {"$secret": "database", "in": within}}
    assert masked(params) == params
    assert restored(masked(params), params, redactor_of(params)) == params


def test_a_secret_beside_that_place_is_hidden_and_comes_back() -> None:
    params = {"dsn": {"$secret": "database", "in": "https://bob:hunter22@h/{}"}}
    shown = masked(params)
    assert shown == {"dsn": {"$secret": "database", "in": f"https://bob:{MASK}@h/{{}}"}}
    assert restored(shown, params, redactor_of(params)) == params


def test_thousands_of_secrets_and_a_thousand_lines_are_no_burden() -> None:
    known = [secrets.token_hex(8) for _ in range(2_000)]
    lines = "\n".join(
        f"2026-01-31T09:15:00.123Z INFO row {n}: {known[n]} done" for n in range(1_000)
    )
    redactor = redactor_of({"tokens": known})
    redactor.text("compiled")
    began = time.process_time()
    shown = redactor.text(lines)
    assert time.process_time() - began < 1
    assert shown.count(MASK) == 1_000


def test_a_large_secret_of_many_lines_is_no_burden() -> None:
    key = "\n".join(f'"line {n}" söme/text {secrets.token_hex(8)}' for n in range(1_500))
    began = time.process_time()
    shown = redactor_of({"private_key": key}).text(f"first\n{key}\nlast")
    assert time.process_time() - began < 1
    assert shown == "\n".join(["first", *[MASK] * 1_500, "last"])


@pytest.mark.parametrize("many", [1, 200])
def test_of_secrets_that_begin_alike_the_longest_is_hidden(many: int) -> None:
    others = [f"other{n:04}" for n in range(many)]
    redactor = redactor_of({"tokens": ["abcd", "abcdef", "abcdefgh", *others]})
    assert redactor.text("abcdefg, abcdefghi, aabcde") == f"{MASK}g, {MASK}i, a{MASK}e"
    assert redactor.text(others[-1]) == MASK


@pytest.mark.parametrize("many", [1, 200])
@pytest.mark.parametrize("cut", ["…", "..."])
def test_a_secret_that_was_cut_off_in_the_middle_of_a_text_leaves_nothing_behind(
    many: int, cut: str
) -> None:
    redactor = redactor_of({"tokens": ["s3cret-and-long", *[f"other{n:04}" for n in range(many)]]})
    assert (
        redactor.text(f"['s3cret-an{cut}', 1] and a secret s3x{cut}")
        == f"['{MASK}{cut}', 1] and a secret s3x{cut}"
    )


STORED: dict[str, Any] = {
    "password": "hunter22", "dsn": {"a": 1}, "url": "https://u:hunter33@h/",
    "said": ["hunter22", "x"], "n": 1
}  # fmt: skip


def through(sent: Any, stored: Any = STORED) -> Any:
    return restored(sent, stored, redactor_of(stored))


def test_what_is_sent_as_it_was_shown_is_what_was_stored() -> None:
    shown = masked(STORED)
    assert not any(text in json.dumps(shown) for text in ("hunter22", "hunter33"))
    assert through(shown) == STORED
    assert through(shown | {"n": 2}) == STORED | {"n": 2}


@pytest.mark.parametrize(
    "moved",
    [{"message": MASK}, {"deep": {"password": MASK}}, {"url": f"https://u:{MASK}@elsewhere/"},
     {"said": ["x", MASK]},
     {f"a {MASK}": 1}],
)  # fmt: skip
def test_a_mask_that_was_moved_stays_one(moved: dict[str, Any]) -> None:
    assert through(moved) == moved
    assert has_mask(through(moved))
