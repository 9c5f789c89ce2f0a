"""The hard limits of params, whatever the task."""

from __future__ import annotations

import json
import math
import time
from typing import Annotated, Any

import pytest
from celery import Celery
from hypothesis import HealthCheck, example, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from pydantic import Field

from jobs.errors import InvalidParams
from jobs.params.checks import check_params
from jobs.params.limits import DEEPEST, MOST_BYTES

pytestmark = pytest.mark.usefixtures("app")

# One app serves all examples of a test.
KEPT_APP = hypothesis_settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)


def problems(task_name: str, params: object) -> list[tuple[str, str]]:
    with pytest.raises(InvalidParams) as caught:
        check_params(task_name, params)
    return caught.value.problems


def refusal(task_name: str, params: object) -> list[tuple[str, str]]:
    """The problems of the params, or none."""
    try:
        check_params(task_name, params)
    except InvalidParams as refused:
        return refused.problems
    return []


@pytest.mark.parametrize(
    ("params", "path", "message"),
    [
        (None, "params", "must be a JSON object, not null"),
        ([], "params", "must be a JSON object, not a list"),
        ("{}", "params", "must be a JSON object, not a string"),
        ({"a": math.nan}, "a", "is nan, which is not a JSON number"),
        ({"a": [1, -math.inf]}, "a[1]", "is -inf, which is not a JSON number"),
        ({"a": {"b": "x\x00"}}, "a.b", "holds a NUL character, which cannot be stored"),
        ({"a\x00": 1}, "params", "has a key with a NUL character, which cannot be stored"),
        ({"a": "\ud83d"}, "a", "holds half a surrogate pair, which cannot be stored"),
        ({"a": {"\udc00": 1}}, "a", "has a key with half a surrogate pair, which cannot be stored"),
        ({"a": {1: 2}}, "a", "has a key that is an integer; keys must be strings"),
        ({"a": {1, 2}}, "a", "must be a JSON value, not a Python set"),
        ({"a": b"x"}, "a", "must be a JSON value, not a Python bytes"),
        ({"a": 10**5000}, "params", "contains a number with too many digits"),
    ],
)
def test_what_json_cannot_carry_is_refused(params: Any, path: str, message: str) -> None:
    assert problems("EchoTask", params) == [(path, message)]


def nested(depth: int) -> dict[str, Any]:
    """An object of this many levels, itself included."""
    value: dict[str, Any] = {}
    for _ in range(depth - 1):
        value = {"a": value}
    return value


def test_twenty_levels_are_taken_and_twenty_one_are_not() -> None:
    check_params("EchoTask", nested(DEEPEST))
    ((path, message),) = problems("EchoTask", nested(DEEPEST + 1))
    assert path == ".".join(["a"] * DEEPEST)
    assert message == "is nested more than 20 levels deep"


def test_even_params_that_contain_themselves_get_an_answer() -> None:
    endless: dict[str, Any] = {}
    endless["a"] = [endless]
    assert problems("EchoTask", endless)[0][1] == "is nested more than 20 levels deep"


def test_params_that_multiply_by_sharing_get_an_answer_soon() -> None:
    shared: list[Any] = []
    for _ in range(15):
        shared = [shared] * 10
    started = time.thread_time()
    assert problems("EchoTask", {"a": shared}) == [
        ("params", "must not be larger than 64 KB as JSON")
    ]
    assert time.thread_time() - started < 5


def test_the_size_is_counted_in_bytes_of_compact_json() -> None:
    room = MOST_BYTES - len('{"a":""}')
    check_params("EchoTask", {"a": "x" * room})
    too_big = [("params", "must not be larger than 64 KB as JSON")]
    assert problems("EchoTask", {"a": "x" * (room + 1)}) == too_big
    assert problems("EchoTask", {"a": "é" * (room // 2 + 1)}) == too_big
    assert problems("EchoTask", {"a": [0] * 100_000}) == too_big


def test_large_integers_stay_exact(app: Celery) -> None:
    @app.task(shared=False, name="exact")
    def exact(value: Annotated[int, Field(le=9007199254740993)]) -> None: ...

    check_params("exact", {"value": 9007199254740993})
    assert problems("exact", {"value": 9007199254740994}) == [
        ("value", "must be at most 9007199254740993")
    ]


storable = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=20)
values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | storable,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(storable, inner, max_size=4),
    max_leaves=30,
)


@KEPT_APP
@given(st.dictionaries(storable.filter(lambda key: key != "self"), values, max_size=5))
def test_whatever_json_can_carry_within_the_limits_is_taken(params: dict[str, Any]) -> None:
    check_params("EchoTask", params)


anything = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=20)
    | st.binary(max_size=3),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text(max_size=5) | st.integers(), inner, max_size=4)
    ),
    max_leaves=30,
)


@KEPT_APP
@given(
    params=anything,
    task_name=st.sampled_from(["LogTask", "email", "HttpRequest", "EchoTask", "InvoiceProcessor"]),
)
@example(params={"to": {"": None}}, task_name="email")
@example(params={"message": {"str": 1, "list[str]": 2}}, task_name="LogTask")
def test_whatever_comes_in_is_either_storable_json_or_refused_in_words(
    params: Any, task_name: str
) -> None:
    found = refusal(task_name, params)
    assert all(path and message for path, message in found)
    if not found:
        text = json.dumps(params, allow_nan=False, ensure_ascii=False)
        assert "\\u0000" not in text
        assert len(text.encode()) <= 2 * MOST_BYTES
        assert json.loads(text) == params
