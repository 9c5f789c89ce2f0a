"""The seal of a message: what it holds, and what it lets pass."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from jobs.dispatch.seal import HEADER, is_sealed, seal

KEY, OTHER = "k" * 40, "o" * 40
CONTENT = ("application/json", "utf-8")
BODY = b"[[], {}, {}]"
HEADERS: dict[str, Any] = {
    "id": "1.1",
    "task": "a",
    "timelimit": [None, 5],
    "backoff": [1.5, 2, True],
    "note": "ä",
}


def sealed(headers: dict[str, Any] = HEADERS, key: str = KEY) -> dict[str, Any]:
    return headers | {HEADER: seal(key, headers, BODY, CONTENT)}


def test_a_sealed_message_is_sealed_with_whichever_of_the_keys() -> None:
    assert is_sealed([KEY], sealed(), BODY, CONTENT)
    assert is_sealed([OTHER, KEY], sealed(), BODY, CONTENT)
    assert not is_sealed([OTHER], sealed(), BODY, CONTENT)
    assert not is_sealed([], sealed(), BODY, CONTENT)


def test_the_way_through_json_and_a_body_as_text_change_nothing() -> None:
    headers = HEADERS | {"timelimit": (None, 5), "at": datetime(2026, 11, 30, tzinfo=UTC)}
    received = json.loads(json.dumps(sealed(headers), default=str))
    assert is_sealed([KEY], received, BODY.decode(), CONTENT)


@pytest.mark.parametrize("name", HEADERS)
def test_no_header_may_be_changed_or_taken_out(name: str) -> None:
    assert not is_sealed([KEY], sealed() | {name: "another"}, BODY, CONTENT)
    without = {key: value for key, value in sealed().items() if key != name}
    assert not is_sealed([KEY], without, BODY, CONTENT)


@pytest.mark.parametrize(
    "more", [{"callbacks": []}, {"expires": "2000-01-01"}, {"run": "1"}, {"X-upper": 1}]
)
def test_no_header_may_be_added(more: dict[str, Any]) -> None:
    assert not is_sealed([KEY], sealed() | more, BODY, CONTENT)


def test_what_the_broker_and_kombu_add_on_the_way_does_not_matter() -> None:
    assert is_sealed(
        [KEY],
        sealed() | {"x-death": [{"n": 1}], "compression": "zlib", "redelivered": True},
        BODY,
        CONTENT,
    )


def test_neither_the_body_nor_how_it_is_read_may_be_changed() -> None:
    assert not is_sealed([KEY], sealed(), BODY + b" ", CONTENT)
    assert not is_sealed([KEY], sealed(), BODY, ("application/json", "utf-16"))
    assert not is_sealed([KEY], sealed(), BODY, ("application/x-python-serialize", "utf-8"))


@pytest.mark.parametrize(
    "said", [None, 5, "", "1:", "1:ä", ["1:"], "2" + sealed()[HEADER][1:], sealed()[HEADER][:-1]]
)
def test_what_is_no_seal_is_none(said: object) -> None:
    assert not is_sealed([KEY], HEADERS | {HEADER: said}, BODY, CONTENT)


def test_the_border_between_headers_and_body_cannot_be_moved() -> None:
    first, second = seal(KEY, {"a": "b"}, b"cd", CONTENT), seal(KEY, {"a": "b\0c"}, b"d", CONTENT)
    assert first != second
