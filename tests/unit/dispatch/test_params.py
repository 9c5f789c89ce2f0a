"""In which words params that do not fit a task are refused."""

from __future__ import annotations

import datetime
import enum
import math
from typing import Annotated, Any, Literal, Optional

import pytest
from celery import Celery
from pydantic import BaseModel, Field

from jobs.errors import InvalidParams, UnknownTask
from jobs.params.checks import check_params

pytestmark = pytest.mark.usefixtures("app")


class Item(BaseModel):
    name: str
    count: int = 1


class Colour(enum.Enum):
    RED = "red"
    BLUE = "blue"


def problems(task_name: str, params: object) -> list[tuple[str, str]]:
    with pytest.raises(InvalidParams) as caught:
        check_params(task_name, params)
    assert caught.value.field == "params"
    return caught.value.problems


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
    assert problems("LogTask", {"message": "hello", "mesage": ""}) == [
        ("mesage", "is not a parameter of this task")
    ]


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
    assert problems("email", {"to": {"address": "a@example.com"}}) == [
        ("to", "must be a string or a list")
    ]


def test_choices_and_bounds_are_spelt_out(app: Celery) -> None:
    assert problems("LogTask", {"message": "", "level": "loud"}) == [
        ("level", "must be 'debug', 'info', 'warning' or 'error'")
    ]
    assert problems("Sleep", {"seconds": -1}) == [("seconds", "must be at least 0")]
    assert problems("RunCommand", {"argv": []}) == [("argv", "must have at least 1 item")]


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
def test_hints_are_held_to_strictly(
    app: Celery, hint: Any, good: list[Any], bad: list[Any], message: str
) -> None:
    def body(value):  # type: ignore[no-untyped-def]  # the hint comes next
        return value

    body.__annotations__ = {"value": hint}
    app.task(shared=False, name="hinted")(body)
    for value in good:
        check_params("hinted", {"value": value})
    for value in bad:
        assert problems("hinted", {"value": value}) == [("value", message)]
