"""Where a job stands in "problems first": it follows its runs, its alerts and whoever saves it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from jobs.actions.jobs import archive_job, update_job
from jobs.maintenance.rollups import RollUps, Troubles
from jobs.models import Alert, AlertKind, Health, Job, JobHealth, RunState
from jobs.queries.paging import keyset_page
from tests.support.builders import by, make_job, make_run
from tests.support.plans import plan_of
from tests.support.threads import at_once

NOW = datetime(2027, 3, 1, 12, 0, 30, tzinfo=UTC)


def health_of(job: Job) -> Health:
    return JobHealth.objects.get(job=job).health


def ended(job: Job, state: RunState, reason: str = "", minutes: int = 0) -> None:
    times = {
        "available_at": NOW,
        "started_at": NOW,
        "finished_at": NOW + timedelta(minutes=minutes),
    }
    make_run(job, state=state, reason=reason, **times)
    RollUps().run_once(now=NOW)


def alert(job: Job, kind: AlertKind) -> Alert:
    return Alert.objects.create(
        kind=kind, subject=str(job.pk), message="", job=job, opened_at=NOW, seen_at=NOW
    )


def look() -> int:
    return Troubles().run_once(now=NOW)["healths changed"]


def test_a_new_job_has_never_run_and_a_paused_one_is_paused() -> None:
    assert health_of(make_job()) == Health.NEVER_RAN
    assert health_of(make_job(enabled=False)) == Health.PAUSED


def test_it_fails_after_a_failure_and_is_ok_after_a_success() -> None:
    job = make_job()
    ended(job, RunState.TIMED_OUT)
    assert health_of(job) == Health.FAILING
    ended(job, RunState.CANCELLED, minutes=1)
    assert health_of(job) == Health.FAILING
    ended(job, RunState.SUCCEEDED, minutes=2)
    assert health_of(job) == Health.OK


def test_it_is_missed_until_it_runs_again() -> None:
    job = make_job()
    ended(job, RunState.SKIPPED, "missed: no scheduler planned it")
    assert health_of(job) == Health.MISSED
    ended(job, RunState.SUCCEEDED, minutes=1)
    assert health_of(job) == Health.OK


def test_an_overlap_is_no_problem() -> None:
    job = make_job()
    ended(job, RunState.SUCCEEDED)
    ended(job, RunState.SKIPPED, "overlap: run 1 is active", minutes=1)
    assert health_of(job) == Health.OK


@pytest.mark.parametrize(
    ("kind", "health"),
    [
        (AlertKind.LATE, Health.LATE),
        (AlertKind.STUCK, Health.STUCK),
        (AlertKind.BROKEN_SCHEDULE, Health.BROKEN),
    ],
)
def test_it_is_in_trouble_for_as_long_as_an_alert_says_so(kind: AlertKind, health: Health) -> None:
    job = make_job()
    opened = alert(job, kind)
    assert (look(), health_of(job), look()) == (1, health, 0)
    Alert.objects.filter(pk=opened.pk).update(closed_at=NOW)
    assert (look(), health_of(job)) == (1, Health.NEVER_RAN)


def test_the_worst_of_several_troubles_counts() -> None:
    job = make_job()
    for kind in (AlertKind.BROKEN_SCHEDULE, AlertKind.LATE, AlertKind.DEAD_LETTERS):
        alert(job, kind)
    look()
    assert health_of(job) == Health.LATE


def test_a_look_for_trouble_is_two_queries_while_nothing_changes() -> None:
    for _ in range(20):
        alert(make_job(), AlertKind.LATE)
    look()
    with CaptureQueriesContext(connection) as queries:
        look()
    assert len(queries) == 2


def test_pausing_renaming_and_archiving_are_seen_at_once() -> None:
    job = make_job()
    ended(job, RunState.FAILED)
    ana = by("ana")
    update_job(job, {"enabled": False, "name": "other"}, actor=ana, now=NOW)
    assert (health_of(job), JobHealth.objects.get().job_name) == (Health.PAUSED, "other")
    update_job(job, {"enabled": True}, actor=ana, now=NOW)
    assert health_of(job) == Health.FAILING
    archive_job(job, actor=ana, now=NOW)
    assert health_of(job) == Health.ARCHIVED


def test_an_edit_of_something_else_leaves_the_health_alone() -> None:
    job = make_job()
    with CaptureQueriesContext(connection) as queries:
        update_job(job, {"owner": "ana"}, actor=by("bo"), now=NOW)
    written = [query["sql"] for query in queries if query["sql"].startswith(("UPDATE", "INSERT"))]
    assert not [sql for sql in written if "jobhealth" in sql]


def test_problems_come_first_and_then_by_name_in_pages_along_one_index() -> None:
    fine, failing = make_job(name="a"), make_job(name="c")
    make_job(name="b", enabled=False)
    make_job(name="d")
    ended(fine, RunState.SUCCEEDED)
    ended(failing, RunState.FAILED)
    jobs = Job.objects.filter(health__health_rank__lt=Health.ARCHIVED).select_related(
        "state", "health"
    )
    fields = ("health__health_rank", "health__job_name", "health__job_id")
    first = keyset_page(jobs, fields, size=2)
    key = [Health.PAUSED, "b", first.rows[-1].pk]
    second = keyset_page(jobs, fields, size=2, after=key)
    assert [job.name for job in [*first.rows, *second.rows]] == ["c", "b", "a", "d"]
    assert "health_problems_first" in plan_of(jobs.order_by(*fields)[:51])


def test_archiving_a_job_and_counting_its_runs_do_not_wait_for_each_other_in_a_circle() -> None:
    jobs = [make_job(schedule="@manual") for _ in range(20)]
    for job in jobs:
        make_run(job, state=RunState.SUCCEEDED, available_at=NOW, started_at=NOW, finished_at=NOW)

    def archive() -> int:
        return sum(not archive_job(job, actor=by("ana"), now=NOW) for job in jobs)

    def count() -> int:
        return sum(RollUps().run_once(now=NOW)["runs rolled up"] for _ in range(20))

    assert at_once([archive, count]) == [20, 20]
    assert set(JobHealth.objects.values_list("health_rank", "last_state")) == {
        (Health.ARCHIVED, RunState.SUCCEEDED)
    }
