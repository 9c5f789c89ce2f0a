"""What a search for runs finds, and how far it looks."""

from __future__ import annotations

import itertools
import uuid
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from hypothesis import HealthCheck, given
from hypothesis import settings as examples
from hypothesis import strategies as st

from jobs.access.actor import SYSTEM
from jobs.models import Job, Run
from jobs.models.ids import made_at
from jobs.params.run_words import read_bounds
from jobs.queries.runs import leads, listing
from jobs.queries.runs.filter import RunFilter
from jobs.queries.runs.listing import count_runs, runs_page
from tests.support.builders import make_job, make_run


def test_a_search_that_ends_early_says_how_far_it_came_and_the_next_page_goes_on(
    db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(leads, "WALK", 4)
    job = make_job()
    runs = [make_run(job, error="rare" if number % 5 == 0 else "") for number in range(12)]
    wanted = RunFilter(search="rare")
    found, places, page = list[Any](), list[Any](), runs_page(wanted, actor=SYSTEM)
    while page.more_after:
        found += page.rows
        places.append(page.searched_to)
        page = runs_page(wanted, actor=SYSTEM, after=page.last)
        assert len(places) < len(runs), "the pages go round"
    found += page.rows
    assert [run.pk for run in found] == [runs[number].pk for number in (10, 5, 0)]
    assert places == [made_at(runs[number].pk) for number in (8, 4)]
    assert page.searched_to is None
    back = runs_page(wanted, actor=SYSTEM, before=page.rows[0].pk)
    assert (back.rows, back.searched_to) == ([], made_at(runs[4].pk))
    assert back.first == runs[4].pk
    assert count_runs(wanted, actor=SYSTEM) == (1, False)


def test_what_one_index_answers_costs_one_query_whatever_is_asked(
    db: None, django_assert_num_queries: Any
) -> None:
    job = make_job(queue="reports")
    make_run(job, state="failed", worker="w1", trigger="api")
    exact = [
        RunFilter(queue="reports", trigger="api"),
        RunFilter(worker="w1", state="failed"),
        RunFilter(job_id=job.pk, state="failed"),
        RunFilter(queue="reports", state="failed", trigger="api"),
    ]
    for wanted in exact:
        with django_assert_num_queries(1):
            assert len(runs_page(wanted, actor=SYSTEM).rows) == 1, wanted


NOW = timezone.now()
choices = {
    "state": st.sampled_from(["failed", "succeeded", "running"]),
    "queue": st.sampled_from(["default", "reports"]),
    "trigger": st.sampled_from(["schedule", "api"]),
    "worker": st.sampled_from(["w1", "w2"]),
    "error": st.sampled_from(["TimeoutError", "Oops", "a" * 40]),
    "search": st.sampled_from(["db2", "alpha", "nothing"]),
    "duration": st.sampled_from([">5m", "<1m", "1m..10m"]).map(read_bounds),
    "params": st.sampled_from([(("k", "7"),), (("deep.er", "x"),)]),
    "job": st.sampled_from(["alpha", "beta"]),
    "since": st.just(NOW - timedelta(days=300)),
}


def is_meant(run: Run, wanted: dict[str, Any]) -> bool:
    """As the documents say it."""
    took = (run.finished_at - run.started_at) if run.finished_at and run.started_at else None
    if run.state == "running" and run.started_at:
        took = timezone.now() - run.started_at
    bounds = wanted.get("duration")
    lasted = not bounds or (
        took is not None
        and (bounds.least is None or took > bounds.least)
        and (bounds.most is None or took < bounds.most)
    )
    kind = run.error.partition(":")[0] if run.error else None
    texts = [run.error, run.reason, run.job.name, run.job.task]
    values = {"k": run.params.get("k"), "deep.er": run.params.get("deep", {}).get("er")}
    return (
        lasted
        and all(getattr(run, n) == wanted[n] for n in PLAIN if n in wanted)
        and ("job" not in wanted or run.job.name == wanted["job"])
        and ("error" not in wanted or wanted["error"] in {kind, run.fingerprint})
        and ("search" not in wanted or any(wanted["search"] in text.lower() for text in texts))
        and all(str(values[path]) == value for path, value in wanted.get("params", ()))
    )


PLAIN = ("state", "queue", "trigger", "worker")


def make_some_runs() -> dict[str, Job]:
    jobs = {name: make_job(name=name) for name in ("alpha", "beta")}
    kinds = itertools.product(("failed", "succeeded", "running"), (10, 200, 3_000), (0, 1))
    for number, (state, seconds, other) in enumerate(kinds):
        began = NOW - timedelta(seconds=seconds, hours=0 if state == "running" else 5)
        make_run(
            jobs["alpha" if number % 3 else "beta"],
            state=state,
            queue="reports" if number % 2 else "default",
            trigger="api" if other else "schedule",
            worker="w1" if number % 4 else "w2",
            started_at=began,
            finished_at=None if state == "running" else began + timedelta(seconds=seconds),
            error=("TimeoutError: db2" if other else "Oops") if state == "failed" else "",
            fingerprint="a" * 40 if state == "failed" and number % 2 else "",
            params={"k": 7 if other else "7", "deep": {"er": "x" if number % 2 else 3}},
        )
    return jobs


@examples(
    max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(wanted=st.fixed_dictionaries({}, optional=choices), walk=st.sampled_from([3, 50_000]))
@pytest.mark.django_db
def test_what_is_found_is_what_is_meant_page_by_page_both_ways(
    wanted: dict[str, Any], walk: int
) -> None:
    jobs = {job.name: job for job in Job.objects.all()} or make_some_runs()
    words = {name: value for name, value in wanted.items() if name != "job"}
    if "job" in wanted:
        words["job_id"] = jobs[wanted["job"]].pk
    if "params" in words:
        words["since"] = NOW - timedelta(days=300)
    meant = [run.pk for run in Run.objects.newest_first() if is_meant(run, wanted)]
    filtered = RunFilter(**words)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(leads, "WALK", walk)
        patch.setattr(listing, "PAGE", 2)
        assert list(walked(filtered, "after")) == meant
        assert list(walked(filtered, "before")) == meant[::-1]
        if walk > Run.objects.count():
            assert count_runs(filtered, actor=SYSTEM) == (len(meant), True)


def walked(wanted: RunFilter, way: str) -> Iterator[Any]:
    """All pages, from the newest run or from the oldest."""
    place: Any = uuid.UUID(int=2**128 - 1) if way == "after" else uuid.UUID(int=0)
    for _ in range(100):
        page = runs_page(wanted, actor=SYSTEM, **{way: place})
        yield from (run.pk for run in (page.rows if way == "after" else page.rows[::-1]))
        more, edge = (
            (page.more_after, page.last) if way == "after" else (page.more_before, page.first)
        )
        if not more:
            return
        place = edge
    raise AssertionError("the pages go round")
