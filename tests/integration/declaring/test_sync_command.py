"""``manage.py sync``, as a deploy calls it."""

from __future__ import annotations

import io
import json

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from jobs.models import Job
from tests.support.declared import DeclaringApp

TWO = """
    job("a", log_task.s("hi"), cron("@daily"))
    job("b", echo_task, manual())
"""


def said(*words: str) -> str:
    out = io.StringIO()
    call_command("sync", *words, stdout=out, stderr=out)
    return out.getvalue()


def test_sync_says_what_it_did_and_check_is_content_from_then_on(orders: DeclaringApp) -> None:
    orders.write(TWO)
    with pytest.raises(CommandError, match="not what the code declares"):
        said("--check")
    assert not Job.objects.exists()
    assert "2 new, 0 unchanged" in said()
    assert "0 changes, 2 unchanged" in said("--check")


def test_a_plan_prints_the_difference_and_changes_nothing(orders: DeclaringApp) -> None:
    orders.write(TWO)
    said()
    orders.write(TWO.replace("@daily", "@hourly"))
    printed = said("--plan")
    assert '    schedule: "@daily" → "@hourly"' in printed
    assert Job.objects.get(name="a").schedule == "@daily"


def test_a_declaration_that_is_wrong_is_an_error_with_its_place(orders: DeclaringApp) -> None:
    orders.write(TWO + '\n    job("c", log_task.s(), manual())\n')
    out = io.StringIO()
    with pytest.raises(CommandError, match="nothing was changed"):
        call_command("sync", stdout=out, stderr=out)
    assert "orders/schedules.py:7" in out.getvalue()
    assert not Job.objects.exists()


def test_a_program_reads_json_lines(orders: DeclaringApp) -> None:
    orders.write(TWO)
    lines = [json.loads(line) for line in said("--json").splitlines()]
    assert [line["kind"] for line in lines] == ["new", "new", "summary"]
    assert lines[-1]["applied"] is True


def test_an_older_plan_is_left_with_a_word_and_without_an_error(orders: DeclaringApp) -> None:
    for text in (TWO, TWO.replace("@daily", "@hourly")):
        orders.write(text)
        said()
    orders.write(TWO)
    assert "sync --rollback applies it all the same" in said()
    assert Job.objects.get(name="a").schedule == "@hourly"
