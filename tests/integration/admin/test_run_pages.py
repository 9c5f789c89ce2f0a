"""The list of runs."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from pytest_django.fixtures import DjangoAssertNumQueries

from jobs.models import RunState, Trigger
from jobs.queries.runs import leads, listing
from tests.support.builders import make_job, make_run

LIST = "/admin/beatwright/run/"
# Session, user, queues' names, columns, views; the page of runs with their jobs, their number.
LIST_QUERIES = 7


def ids(client: Client, query: str = "") -> list[str]:
    return [row.id for row in client.get(LIST + query).context["rows"]]


def test_a_full_page_costs_as_many_queries_as_an_empty_one(
    boss: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(LIST_QUERIES):
        boss.get(LIST)
    for _ in range(60):
        make_run()
    with django_assert_num_queries(LIST_QUERIES):
        assert len(boss.get(LIST).context["rows"]) == 50


def test_pages_stay_as_they_are_while_new_runs_come_in(
    boss: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listing, "PAGE", 3)
    job = make_job()
    old = [str(make_run(job).pk) for _ in range(7)][::-1]
    first = boss.get(LIST).context
    make_run(job)
    second = boss.get(LIST + first["pager"].next).context
    third = boss.get(LIST + second["pager"].next).context
    assert [row.id for page in (first, second, third) for row in page["rows"]] == old
    assert third["pager"].next == ""
    assert ids(boss, third["pager"].previous) == old[3:6]
    assert ids(boss, second["pager"].previous) == old[:3]


@pytest.mark.parametrize("query", ["state=failed", "trigger=api", "queue=reports", "job=@"])
def test_the_list_can_be_narrowed(boss: Client, query: str) -> None:
    wanted = make_run(make_job(queue="reports"), state=RunState.FAILED, trigger=Trigger.API)
    make_run()
    assert ids(boss, f"?{query.replace('@', str(wanted.job_id))}") == [str(wanted.pk)]


def test_a_rare_combination_is_answered_whole_by_an_index(boss: Client) -> None:
    job = make_job()
    rare = [str(make_run(job, trigger=Trigger.API).pk) for _ in range(2)][::-1]
    for _ in range(9):
        make_run(job)
    page = boss.get(f"{LIST}?trigger=api&state=queued").context
    assert [row.id for row in page["rows"]] == rare
    assert (page["found"], page["searched_to"], page["pager"].next) == ("2 runs", None, "")


def test_what_no_index_answers_is_searched_in_bounded_steps_that_say_how_far_they_came(
    boss: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(leads, "WALK", 4)
    job = make_job()
    rare = [str(make_run(job, reason="db move").pk) for _ in range(2)][::-1]
    for _ in range(9):
        make_run(job)
    answer = boss.get(f"{LIST}?q=db+move")
    first = answer.context
    assert "The search stopped at" in answer.content.decode()
    second = boss.get(LIST + first["pager"].next).context
    third = boss.get(LIST + second["pager"].next).context
    assert [row.id for page in (first, second, third) for row in page["rows"]] == rare
    assert [page["searched_to"] is not None for page in (first, second, third)] == [
        True, True, False,
    ]  # fmt: skip
    assert first["found"] == "0 of the runs searched"
    assert third["pager"].next == ""
    back = boss.get(LIST + third["pager"].previous).context
    assert [row.id for row in back["rows"]] == []
    assert back["searched_to"]


def test_pages_of_a_combination_follow_each_other(
    boss: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listing, "PAGE", 2)
    job = make_job()
    wanted: list[str] = []
    for number in range(10):
        run = make_run(job, trigger=Trigger.API if number % 2 else Trigger.SCHEDULE)
        wanted = [str(run.pk), *wanted] if number % 2 else wanted
    first = boss.get(f"{LIST}?trigger=api").context
    second = boss.get(LIST + first["pager"].next).context
    third = boss.get(LIST + second["pager"].next).context
    assert [row.id for page in (first, second, third) for row in page["rows"]] == wanted
    assert ids(boss, third["pager"].previous) == wanted[2:4]


def test_what_is_no_filter_filters_nothing(boss: Client) -> None:
    run = make_run()
    assert ids(boss, "?state=%00&job=nonsense&after=y&before=z") == [str(run.pk)]


def test_a_job_that_is_filtered_for_is_named(boss: Client) -> None:
    job = make_job(name="nightly")
    html = boss.get(f"{LIST}?job={job.pk}").content.decode()
    assert "job: nightly" in html
    assert "No matching runs" in html


@pytest.mark.parametrize(
    ("fields", "word"),
    [
        ({}, "queued"),
        ({"attempt": 1}, "retrying"),
        *(
            ({"state": state}, state.label.lower())
            for state in RunState
            if state != RunState.QUEUED
        ),
    ],
)
def test_a_state_is_a_word_and_an_icon(boss: Client, fields: dict[str, Any], word: str) -> None:
    make_run(**fields)
    badge = boss.get(LIST).context["rows"][0].badge
    assert badge.word == word
    assert badge.icon
    assert badge.title
