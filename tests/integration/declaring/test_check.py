"""``manage.py check`` says what is wrong with declared jobs, and asks no database."""

from __future__ import annotations

import pytest
from django.core.checks import CheckMessage

from jobs.checks import declarations_are_right
from tests.support.declared import DeclaringApp


@pytest.fixture(autouse=True)
def no_queries(django_assert_num_queries: object) -> object:
    with django_assert_num_queries(0):  # type: ignore[operator]
        yield


def told(orders: DeclaringApp, text: str) -> list[CheckMessage]:
    orders.write(text)
    return declarations_are_right()


def test_right_ones_are_no_finding(orders: DeclaringApp) -> None:
    assert told(orders, 'job("a", log_task.s("hi"), cron("@daily"), pool="none such")') == []


def test_a_module_that_cannot_be_imported_is_named_with_its_line(orders: DeclaringApp) -> None:
    [found] = told(orders, 'job("a", echo_task, manual(), timeot=5)')
    assert found.id == "beatwright.E008"
    assert "orders/schedules.py:3" in found.msg
    assert "did you mean timeout?" in found.msg


@pytest.mark.parametrize(
    ("declared", "message"),
    [
        ('job("a", log_task.s(5), manual())', "must be a string"),
        ('job("a", echo_task, cron("61 * * * *"))', "minute"),
        ('job("a", echo_task, cron("0 2 * * *", "Mars/Base"))', "Mars/Base"),
        ('job("a", echo_task, cron("0 0 30 2 *"))', "never fires"),
        ('job("a", echo_task, manual(), overlap="never")', "allow"),
        ('job("a", echo_task, manual()); job("a", echo_task, manual())', "this name is taken"),
        ('job("a", echo_task, manual(), timeout=-1)', "from 1 to"),
        ('job("a", echo_task, manual(), only_in=["x"])', "which environment it is"),
        ('job("", echo_task, manual())', "1 to 200 characters"),
    ],
)
def test_a_job_that_is_wrong_is_named_with_its_line(
    orders: DeclaringApp, declared: str, message: str
) -> None:
    [found] = told(orders, declared)
    assert found.id == "beatwright.E009"
    assert message in found.msg
    assert "orders/schedules.py:3" in found.msg


def test_a_one_off_whose_moment_is_over_may_stay_declared(orders: DeclaringApp) -> None:
    assert told(orders, 'job("a", echo_task, once("2020-01-01T09:00"))') == []
