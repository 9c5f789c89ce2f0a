"""What a body gets: its params as the types that its hints name."""

from __future__ import annotations

import datetime
import decimal
import enum
import pathlib
import uuid
from collections.abc import Iterable
from typing import Annotated, Any

import pytest
from celery import Celery
from pydantic import AliasChoices, BaseModel, Field, SecretStr

from jobs.errors import InvalidParams
from jobs.params.signature import schema_for
from jobs.params.typed import arguments_for


class Colour(enum.Enum):
    RED = "red"


class Order(BaseModel):
    number: int
    due: datetime.date


def arguments(app: Celery, function: Any, params: dict[str, Any], **options: Any) -> dict[str, Any]:
    celery: Any = app
    celery.task(shared=False, name="typed", **options)(function)
    return arguments_for(celery.tasks["typed"], params)


ORDER = {"number": 1, "due": "2028-02-29"}


@pytest.mark.parametrize(
    ("hint", "stored", "given"),
    [
        (datetime.date, "2028-02-29", datetime.date(2028, 2, 29)),
        (
            datetime.datetime,
            "2028-02-29T09:00:00Z",
            datetime.datetime(2028, 2, 29, 9, tzinfo=datetime.UTC),
        ),
        (datetime.timedelta, "PT1H30M", datetime.timedelta(minutes=90)),
        (datetime.date | None, None, None),
        (decimal.Decimal, "2.50", decimal.Decimal("2.50")),
        (float, 5, 5.0),
        (
            uuid.UUID,
            "0190a1b2-0000-7000-8000-000000000000",
            uuid.UUID("0190a1b2-0000-7000-8000-000000000000"),
        ),
        (pathlib.Path, "/tmp/x", pathlib.Path("/tmp/x")),
        (Colour, "red", Colour.RED),
        (set[int], [1, 2], {1, 2}),
        (tuple[int, str], [1, "a"], (1, "a")),
        (Order, ORDER, Order(number=1, due=datetime.date(2028, 2, 29))),
        (list[Order], [ORDER], [Order(number=1, due=datetime.date(2028, 2, 29))]),
        (Iterable[int], [1, 2], [1, 2]),
        (SecretStr, "hush", SecretStr("hush")),
        (Any, {"day": "2028-02-29"}, {"day": "2028-02-29"}),
        (dict, {"a": [1]}, {"a": [1]}),
    ],
)
def test_a_param_arrives_as_the_type_of_its_hint(
    app: Celery, hint: Any, stored: Any, given: Any
) -> None:
    def task(value: Any) -> None: ...

    task.__annotations__["value"] = hint
    got = arguments(app, task, {"value": stored})

    assert got == {"value": given}
    assert type(got["value"]) is type(given)


def test_what_is_left_out_is_left_to_the_functions_default(app: Celery) -> None:
    def task(day: datetime.date, amount: decimal.Decimal = decimal.Decimal("1.5")) -> None: ...

    assert arguments(app, task, {"day": "2028-02-29"}) == {"day": datetime.date(2028, 2, 29)}


def test_further_names_are_typed_as_well(app: Celery) -> None:
    def task(first: int, **days: datetime.date) -> None: ...

    got = arguments(app, task, {"first": 1, "from": "2028-02-29"})

    assert got == {"first": 1, "from": datetime.date(2028, 2, 29)}


def test_the_stored_params_stay_as_they_are(app: Celery) -> None:
    def task(orders: list[dict[str, Any]]) -> None: ...

    params = {"orders": [{"a": 1}]}
    arguments(app, task, params)["orders"][0]["a"] = 2

    assert params == {"orders": [{"a": 1}]}


def test_models_are_celerys_to_make_where_the_task_says_so(app: Celery) -> None:
    def task(order: Order, day: datetime.date) -> None: ...

    # As without this module's __future__.
    task.__annotations__ = {
        "order": Order,
        "day": datetime.date,
    }
    got = arguments(app, task, {"order": ORDER, "day": "2028-02-29"}, pydantic=True)

    assert got == {"order": ORDER, "day": datetime.date(2028, 2, 29)}


def test_params_that_do_not_fit_any_more_are_named_without_their_values(app: Celery) -> None:
    def task(day: datetime.date, token: datetime.date) -> None: ...

    with pytest.raises(InvalidParams) as caught:
        arguments(app, task, {"day": 5, "token": "corr3ct-h0rse"})

    assert str(caught.value).startswith(
        "day: must be a date such as 2026-01-31; token: must be a date"
    )
    assert "corr3ct" not in repr(caught.value)
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None


def test_a_task_whose_params_have_no_names_gets_them_as_they_are(app: Celery) -> None:
    def task(*numbers: int) -> None: ...

    assert arguments(app, task, {"a": 1}) == {"a": 1}


def test_a_param_may_come_under_another_name_that_its_hint_gives_it(app: Celery) -> None:
    def post(
        to: Annotated[str, Field(validation_alias=AliasChoices("recipient", "recipients"))],
    ) -> None: ...

    assert (
        arguments(app, post, {"recipient": "ana"})
        == arguments(app, post, {"to": "ana"})
        == {"to": "ana"}
    )
    assert schema_for(app.tasks["typed"])["required"] == ["to"]
    wrong: list[tuple[dict[str, Any], str]] = [
        ({}, "to"),
        ({"to": "ana", "recipient": "bob"}, "recipient"),
        ({"recipients": 5}, "recipients"),
    ]
    for params, place in wrong:
        with pytest.raises(InvalidParams) as caught:
            arguments(app, post, params)
        assert [path for path, _ in caught.value.problems] == [place]
