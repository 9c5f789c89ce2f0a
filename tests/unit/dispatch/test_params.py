"""What params a task takes, and in which words it refuses others."""

from __future__ import annotations

import datetime
import enum
import json
import math
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Any, Literal, Optional

import pytest
from celery import Celery, Task
from celery._state import get_current_app
from hypothesis import HealthCheck, example, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from pydantic import BaseModel, Field

import tasks  # noqa: F401  # registers the shipped tasks with every app
from jobs.dispatch.limits import DEEPEST, MOST_BYTES
from jobs.dispatch.params import UnfitSignature, check_params, schema_for
from jobs.errors import InvalidParams, UnknownTask

if TYPE_CHECKING:
    from decimal import Decimal

KEPT_APP = hypothesis_settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)


class Wrapped(Task):  # type: ignore[type-arg]  # celery's own class takes no subscript at run time
    runs_jobs = True


class Item(BaseModel):
    name: str
    count: int = 1


class Colour(enum.Enum):
    RED = "red"
    BLUE = "blue"


@pytest.fixture(autouse=True)
def app() -> Iterator[Celery]:
    before = get_current_app()
    yield Celery("test", task_cls=Wrapped, set_as_current=True)
    before.set_current()


def problems(task_name: str, params: object) -> list[tuple[str, str]]:
    with pytest.raises(InvalidParams) as caught:
        check_params(task_name, params)
    assert caught.value.field == "params"
    return caught.value.problems


# --- The words ---------------------------------------------------------------------------------------------------------


def test_a_missing_parameter_is_required() -> None:
    assert problems("LogTask", {}) == [("message", "is required")]


def test_a_wrong_type_is_named_in_plain_words() -> None:
    assert problems("LogTask", {"message": 5}) == [("message", "must be a string")]


def test_a_misspelt_parameter_is_told_what_was_meant() -> None:
    assert problems("LogTask", {"mesage": "hello"}) == [
        ("message", "is required"),
        ("mesage", "is not a parameter of this task; did you mean 'message'?"),
    ]


def test_a_parameter_already_given_is_not_suggested() -> None:
    assert problems("LogTask", {"message": "hello", "mesage": ""}) == [("mesage", "is not a parameter of this task")]


def test_an_unknown_task_is_said_to_be_unknown_before_its_params_are_looked_at() -> None:
    with pytest.raises(UnknownTask):
        check_params("NoSuchTask", {"a": math.nan})


def test_the_path_leads_into_lists_and_models(app: Celery) -> None:
    @app.task(shared=False, name="order")
    def order(payload: list[Item]) -> None: ...

    check_params("order", {"payload": [{"name": "a"}, {"name": "b", "count": 2}]})
    assert problems("order", {"payload": [{"name": "a"}, {"count": "2"}, {"name": 1}, 7]}) == [
        ("payload[1].name", "is required"),
        ("payload[1].count", "must be an integer"),
        ("payload[2].name", "must be a string"),
        ("payload[3]", "must be an object"),
    ]


def test_odd_keys_are_quoted_in_the_path(app: Celery) -> None:
    assert problems("HttpRequest", {"url": "http://a/", "headers": {"x-id": 5}}) == [
        ('headers["x-id"]', "must be a string")
    ]


def test_the_branches_of_a_union_are_one_problem() -> None:
    assert problems("email", {"to": 5}) == [("to", "must be a string or a list")]
    assert problems("email", {"to": ["a@example.com", 5]}) == [("to[1]", "must be a string")]


def test_a_union_given_an_object_is_not_confused_by_its_keys() -> None:
    assert problems("email", {"to": {"address": "a@example.com"}}) == [("to", "must be a string or a list")]


def test_choices_and_bounds_are_spelt_out(app: Celery) -> None:
    assert problems("LogTask", {"message": "", "level": "loud"}) == [
        ("level", "must be 'debug', 'info', 'warning' or 'error'")
    ]
    assert problems("Sleep", {"seconds": -1}) == [("seconds", "must be at least 0")]
    assert problems("RunCommand", {"argv": []}) == [("argv", "must have at least 1 items")]


def test_a_long_list_of_problems_is_cut() -> None:
    assert len(problems("LogTask", {f"x{number}": 1 for number in range(100)})) == 20


@pytest.mark.parametrize(
    ("hint", "good", "bad", "message"),
    [
        (int, [5, -1, 10**30], ["5", 5.0, True, None], "must be an integer"),
        (float, [5, 0.5], ["5", True], "must be a number"),
        (str, ["", "5"], [5, None, ["a"]], "must be a string"),
        (bool, [True], [1, "true"], "must be true or false"),
        (Optional[int], [None, 3], ["3"], "must be an integer"),  # noqa: UP045  # people write both forms
        (int | None, [None, 3], ["3"], "must be an integer"),
        (list[int], [[], [1]], ["1", {"0": 1}], "must be a list"),
        (dict[str, int], [{}, {"a": 1}], [[], "a"], "must be an object"),
        (Literal["a", "b"], ["a"], ["c", 1], "must be 'a' or 'b'"),
        (Colour, ["red"], ["RED", 1], "must be 'red' or 'blue'"),
        (Annotated[int, Field(gt=0)], [1], [0], "must be greater than 0"),
        (Annotated[str, Field(max_length=2)], ["ab"], ["abc"], "must have at most 2 characters"),
        (datetime.date, ["2026-01-31"], ["31.1.2026", 5.5], "must be a date such as 2026-01-31"),
        (
            datetime.datetime,
            ["2026-01-31T09:30:00Z"],
            ["tomorrow"],
            "must be a date and time such as 2026-01-31T09:30:00Z",
        ),
        (Item, [{"name": "a"}], ["a", []], "must be an object"),
        (Any, [1, None, "x", [{}]], [], ""),
        (None, [None], [1], "must be null"),
    ],
)
def test_hints_are_held_to_strictly(app: Celery, hint: Any, good: list[Any], bad: list[Any], message: str) -> None:
    def body(value):  # type: ignore[no-untyped-def]  # the hint comes next
        return value

    body.__annotations__ = {"value": hint}
    app.task(shared=False, name="hinted")(body)
    for value in good:
        check_params("hinted", {"value": value})
    for value in bad:
        assert problems("hinted", {"value": value}) == [("value", message)]


# --- Signatures --------------------------------------------------------------------------------------------------------


def test_the_schema_keeps_defaults_and_forbids_other_names(app: Celery) -> None:
    @app.task(shared=False, name="report", bind=True)
    def report(self: Task[..., Any], day: str, *, copies: int = 2, note=None) -> None: ...  # type: ignore[no-untyped-def]

    schema = schema_for(report)
    assert schema["title"] == "report"
    assert list(schema["properties"]) == ["day", "copies", "note"]
    assert schema["properties"]["copies"] == {"default": 2, "title": "copies", "type": "integer"}
    assert schema["required"] == ["day"]
    assert schema["additionalProperties"] is False
    check_params("report", {"day": "monday", "note": {"any": ["thing"]}})


def test_keyword_arguments_let_other_names_in(app: Celery) -> None:
    assert schema_for(app.tasks["EchoTask"])["additionalProperties"] is True
    check_params("EchoTask", {"a": 1, "b": {"c": [None]}})


def test_typed_keyword_arguments_are_checked(app: Celery) -> None:
    @app.task(shared=False, name="weights")
    def weights(**weights: int) -> None: ...

    assert schema_for(weights)["additionalProperties"] == {"type": "integer"}
    check_params("weights", {"a": 1})
    assert problems("weights", {"a": 1, "b": "x"}) == [("b", "must be an integer")]


def test_parameters_may_bear_names_that_pydantic_uses_itself(app: Celery) -> None:
    @app.task(shared=False, name="names")
    def names(schema: int, json: str, model_config: int = 1, _private: int = 2, copy: int = 3) -> None: ...

    check_params("names", {"schema": 1, "json": "", "model_config": 2, "_private": 3, "copy": 4})
    assert problems("names", {"schema": 1, "json": "", "_private": "x"}) == [("_private", "must be an integer")]
    assert problems("names", {"p0": 1, "json": ""})[0] == ("schema", "is required")


def test_a_task_with_autoretry_keeps_its_signature(app: Celery) -> None:
    @app.task(shared=False, name="again", bind=True, autoretry_for=(OSError,))
    def again(self: Task[..., Any], path: str) -> None: ...

    assert list(schema_for(again)["properties"]) == ["path"]
    assert problems("again", {}) == [("path", "is required")]


def test_a_hint_known_only_to_type_checkers_takes_anything(app: Celery) -> None:
    @app.task(shared=False, name="priced")
    def priced(price: Decimal, count: int) -> None: ...

    check_params("priced", {"price": "1.20", "count": 1})
    assert problems("priced", {"price": [], "count": "1"}) == [("count", "must be an integer")]


def test_a_default_that_json_cannot_express_is_left_out_of_the_schema(app: Celery) -> None:
    @app.task(shared=False, name="since")
    def since(start: Any = object(), colour: Colour = Colour.RED) -> None: ...  # noqa: B008  # on purpose

    assert schema_for(since)["properties"]["start"] == {"title": "start"}
    check_params("since", {})


@pytest.mark.parametrize("kind", ["positional only", "any number", "a live object"])
def test_a_signature_that_json_cannot_fill_is_refused(app: Celery, kind: str) -> None:
    def positional(x: int, /) -> None: ...
    def many(*x: int) -> None: ...
    def live(x) -> None: ...  # type: ignore[no-untyped-def]

    live.__annotations__ = {"x": Celery}
    body: Any = {"positional only": positional, "any number": many, "a live object": live}[kind]
    task = app.task(shared=False, name="unfit")(body)
    with pytest.raises(UnfitSignature):
        schema_for(task)
    with pytest.raises(UnknownTask, match="cannot be a job"):
        check_params("unfit", {"x": 1})


def test_a_name_that_the_call_itself_needs_is_refused() -> None:
    assert problems("EchoTask", {"self": 1}) == [("self", "is a reserved name and cannot be a parameter")]


# --- Hard limits -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("params", "path", "message"),
    [
        (None, "params", "must be a JSON object, not null"),
        ([], "params", "must be a JSON object, not a list"),
        ("{}", "params", "must be a JSON object, not a string"),
        ({"a": math.nan}, "a", "is nan, which JSON has no number for"),
        ({"a": [1, -math.inf]}, "a[1]", "is -inf, which JSON has no number for"),
        ({"a": {"b": "x\x00"}}, "a.b", "holds a NUL character, which cannot be stored"),
        ({"a\x00": 1}, "params", "has a key with a NUL character, which cannot be stored"),
        ({"a": "\ud83d"}, "a", "holds half a surrogate pair, which cannot be stored"),
        ({"a": {"\udc00": 1}}, "a", "has a key with half a surrogate pair, which cannot be stored"),
        ({"a": {1: 2}}, "a", "has a key that is an integer; keys must be strings"),
        ({"a": {1, 2}}, "a", "must be a JSON value, not a Python set"),
        ({"a": b"x"}, "a", "must be a JSON value, not a Python bytes"),
        ({"a": 10**5000}, "params", "holds a number with too many digits"),
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
    started = time.monotonic()
    assert problems("EchoTask", {"a": shared}) == [("params", "must not be larger than 64 KB as JSON")]
    assert time.monotonic() - started < 5


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
    assert problems("exact", {"value": 9007199254740994}) == [("value", "must be at most 9007199254740993")]


storable = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=20)
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | storable,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(storable, inner, max_size=4),
    max_leaves=30,
)


@KEPT_APP
@given(st.dictionaries(storable.filter(lambda key: key != "self"), values, max_size=5))
def test_whatever_json_can_carry_within_the_limits_is_taken(params: dict[str, Any]) -> None:
    check_params("EchoTask", params)


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20) | st.binary(max_size=3),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5) | st.integers(), inner, max_size=4),
    max_leaves=30,
)


@KEPT_APP
@given(params=anything, task_name=st.sampled_from(["LogTask", "email", "HttpRequest", "EchoTask", "InvoiceProcessor"]))
@example(params={"to": {"": None}}, task_name="email")
@example(params={"message": {"str": 1, "list[str]": 2}}, task_name="LogTask")
def test_whatever_comes_in_is_either_storable_json_or_refused_in_words(params: Any, task_name: str) -> None:
    try:
        check_params(task_name, params)
    except InvalidParams as refused:
        assert refused.problems
        assert all(path and message for path, message in refused.problems)
    else:
        text = json.dumps(params, allow_nan=False, ensure_ascii=False)
        assert "\\u0000" not in text
        assert len(text.encode()) <= 2 * MOST_BYTES
        assert json.loads(text) == params
