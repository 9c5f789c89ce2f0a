"""Dead letters: found, grouped, requeued and discarded, each resolved once."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.utils import timezone

from jobs.access.actor import SYSTEM
from jobs.actions.runs.dead_letters import Requeued, discard, requeue
from jobs.errors import DomainError
from jobs.models import Job, Run, RunState, Trigger
from jobs.queries.dead_letters import (
    DeadLetterFilter,
    dead_letter_groups,
    dead_letters_page,
    every_dead_letter,
)
from tests.support.builders import by, make_job, make_run
from tests.support.threads import at_once

ALL = DeadLetterFilter()


def make_dead(job: Job | None = None, **fields: Any) -> Run:
    defaults = {
        "state": RunState.FAILED,
        "finished_at": timezone.now(),
        "fingerprint": "f" * 40,
        "error": "E: no",
    }
    return make_run(job, **(defaults | fields))


def requeue_all(**options: Any) -> Requeued:
    return requeue(
        every_dead_letter(ALL, actor=SYSTEM),
        actor=by("ana"),
        now=options.pop("now", timezone.now()),
        **options,
    )


def test_failed_and_timed_out_runs_that_nobody_resolved_are_dead_letters_newest_first() -> None:
    failed, timed_out = make_dead(), make_dead(state=RunState.TIMED_OUT)
    make_dead(resolved_at=timezone.now())
    make_dead(state=RunState.SUCCEEDED)
    assert dead_letters_page(ALL, limit=10, actor=SYSTEM) == [timed_out, failed]
    assert dead_letters_page(ALL, after=timed_out.pk, limit=10, actor=SYSTEM) == [failed]


def test_they_are_found_by_job_by_kind_of_error_and_by_id() -> None:
    job = make_job()
    one, other = make_dead(job), make_dead(fingerprint="a" * 40)
    assert dead_letters_page(DeadLetterFilter(job=job), limit=10, actor=SYSTEM) == [one]
    assert dead_letters_page(DeadLetterFilter(fingerprint="a" * 40), limit=10, actor=SYSTEM) == [
        other
    ]
    assert list(every_dead_letter(DeadLetterFilter(ids=[one.pk]), actor=SYSTEM)) == [one]
    assert list(every_dead_letter(DeadLetterFilter(ids=[]), actor=SYSTEM)) == []


def test_a_group_holds_one_kind_of_error_with_its_jobs_its_count_and_its_times() -> None:
    now = timezone.now()
    shop, mail = make_job(name="shop"), make_job(name="mail")
    for minutes, job, error in (
        (3, shop, "E: order 1"),
        (2, mail, "E: order 2"),
        (1, shop, "E: order 3"),
    ):
        make_dead(job, finished_at=now - timedelta(minutes=minutes), error=error)
    make_dead(fingerprint="b" * 40)
    other, group = dead_letter_groups(ALL, actor=SYSTEM)
    assert (other.fingerprint, other.count) == ("b" * 40, 1)
    assert (group.error, group.jobs, group.job_count) == ("E: order 3", ["shop", "mail"], 2)
    assert (group.count, group.more) == (3, False)
    assert (group.first_seen, group.last_seen) == (
        now - timedelta(minutes=3),
        now - timedelta(minutes=1),
    )


def test_counts_and_reading_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("jobs.queries.paging.CAP", 3)
    monkeypatch.setattr("jobs.queries.dead_letters.LOOKED_AT", 5)
    job = make_job()
    for _ in range(7):
        make_dead(job)
    (group,) = dead_letter_groups(ALL, actor=SYSTEM)
    assert (group.count, group.more) == (3, True)


def test_groups_cost_two_queries(django_assert_num_queries: Any) -> None:
    for number in range(5):
        make_dead(fingerprint=f"{number:040}")
    with django_assert_num_queries(2):
        dead_letter_groups(ALL, actor=SYSTEM)


def test_a_requeued_dead_letter_has_a_rerun_and_is_one_no_more() -> None:
    dead, now = make_dead(params={"a": 1}), timezone.now()
    done = requeue_all(now=now)
    rerun = Run.objects.get(parent=dead)
    assert done.runs == {dead.pk: rerun}
    assert (rerun.state, rerun.trigger, rerun.params) == (RunState.QUEUED, Trigger.RERUN, {"a": 1})
    dead.refresh_from_db()
    assert (dead.state, dead.resolved_at, dead.resolved_by) == (RunState.FAILED, now, "ana")
    assert dead.resolution == "requeued"
    assert rerun.parent == dead
    assert not Run.objects.dead_letters().exists()


def test_all_matching_are_requeued_however_many_pieces_they_take(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("jobs.queries.dead_letters.CHUNK", 2)
    job = make_job()
    for _ in range(5):
        make_dead(job)
    other = make_dead(fingerprint="a" * 40)
    wanted = DeadLetterFilter(job=job, fingerprint="f" * 40)
    assert (
        len(
            requeue(
                every_dead_letter(wanted, actor=SYSTEM), actor=by("ana"), now=timezone.now()
            ).runs
        )
        == 5
    )
    assert list(Run.objects.dead_letters()) == [other]


def test_edited_params_replace_the_old_ones() -> None:
    make_dead(params={"a": 1})
    (rerun,) = requeue_all(params={"b": 2}).runs.values()
    assert rerun.params == {"b": 2}


def test_a_rate_spreads_the_reruns() -> None:
    now, job = timezone.now(), make_job()
    dead = [make_dead(job) for _ in range(4)]
    requeue_all(now=now, rate=2)
    starts = [Run.objects.get(parent=run).available_at for run in dead]
    assert starts == [now + timedelta(seconds=half) for half in (0, 0.5, 1, 1.5)]


def test_those_that_cannot_be_run_again_are_reported_and_left() -> None:
    good = make_dead()
    archived = make_dead(make_job(archived_at=timezone.now(), enabled=False))
    unfit = make_dead(make_job(task="LogTask", params={"message": "x"}), params={"message": 1})
    unknown = make_dead(make_job(task="GoneTask"))
    done = requeue_all()
    assert list(done.runs) == [good.pk]
    assert done.left[archived.pk] == "job: its job is archived"
    assert done.left[unfit.pk].startswith("params: message")
    assert "unknown task 'GoneTask'" in done.left[unknown.pk]
    assert set(Run.objects.dead_letters()) == {archived, unfit, unknown}


def test_a_run_that_is_no_dead_letter_is_left() -> None:
    run = make_run(state=RunState.SUCCEEDED)
    done = requeue([run], actor=by("ana"), now=timezone.now())
    assert "not a dead letter" in done.left[run.pk]
    assert Run.objects.count() == 1


def test_what_the_overlap_policy_would_skip_stays_a_dead_letter() -> None:
    job = make_job(overlap_policy="skip")
    make_run(job, state=RunState.RUNNING, exclusive=True)
    dead = make_dead(job)
    done = requeue_all()
    assert done.left[dead.pk].startswith("overlap_policy: overlap: the run of ")
    assert (Run.objects.count(), Run.objects.dead_letters().count()) == (2, 1)


@pytest.mark.parametrize(
    ("policy", "reruns"), [("allow", 4), ("skip", 1), ("queue", 2), ("cancel_running", 1)]
)
def test_of_many_dead_letters_of_a_job_as_many_go_as_its_policy_allows(
    policy: str, reruns: int
) -> None:
    job = make_job(overlap_policy=policy)
    for _ in range(4):
        make_dead(job)
    done = requeue_all()
    assert (len(done.runs), len(done.left)) == (reruns, 4 - reruns)
    assert Run.objects.filter(parent__isnull=False).count() == reruns
    assert not Run.objects.filter(state__in=(RunState.SKIPPED, RunState.CANCELLED)).exists()
    assert Run.objects.dead_letters().count() == 4 - reruns


def test_two_people_who_requeue_at_once_make_one_rerun_of_each() -> None:
    job = make_job()
    dead = [make_dead(job) for _ in range(10)]
    loaded = [list(Run.objects.dead_letters().select_related("job")) for _ in range(2)]
    done = at_once([partial(requeue, runs, actor=by("ana"), now=timezone.now()) for runs in loaded])
    assert sum(len(one.runs) for one in done) == 10
    assert Counter(
        Run.objects.filter(parent__isnull=False).values_list("parent", flat=True)
    ) == Counter(run.pk for run in dead)
    assert {reason for one in done for reason in one.left.values()} <= {
        "state: it was resolved in the meantime"
    }


def test_requeueing_and_discarding_at_once_resolve_each_in_one_way() -> None:
    job = make_job()
    for _ in range(10):
        make_dead(job)
    now = timezone.now()
    answers = at_once(
        [
            lambda: len(
                requeue(list(every_dead_letter(ALL, actor=SYSTEM)), actor=by("ana"), now=now).runs
            ),
            lambda: discard(
                list(every_dead_letter(ALL, actor=SYSTEM)), actor=by("ben"), reason="old", now=now
            ),
        ]
    )
    assert sum(answers) == 10
    assert Run.objects.filter(resolution__startswith="requeued").count() == answers[0]
    assert Run.objects.filter(parent__isnull=False).count() == answers[0]


def test_a_dry_run_reports_and_changes_nothing() -> None:
    make_dead()
    archived = make_dead(make_job(archived_at=timezone.now(), enabled=False))
    done = requeue_all(dry_run=True)
    assert (len(done.runs), list(done.left)) == (1, [archived.pk])
    assert (Run.objects.count(), Run.objects.dead_letters().count()) == (2, 2)


def test_discarding_resolves_with_the_reason() -> None:
    dead, now = make_dead(), timezone.now()
    assert discard([dead], actor=by("ana"), reason=" customer closed ", now=now) == 1
    assert discard([dead], actor=by("ben"), reason="again", now=now) == 0
    dead.refresh_from_db()
    assert (dead.resolved_by, dead.resolution, dead.resolved_at) == (
        "ana",
        "discarded: customer closed",
        now,
    )


@pytest.mark.parametrize("reason", ["", "  ", "x" * 451, "a\x00b"])
def test_discarding_needs_a_reason(reason: str) -> None:
    dead = make_dead()
    with pytest.raises(DomainError) as caught:
        discard([dead], actor=by("ana"), reason=reason, now=timezone.now())
    assert caught.value.field == "reason"
    assert Run.objects.dead_letters().get() == dead


@pytest.mark.parametrize("rate", [0, -1, 1e-145, 10_001, float("nan")])
def test_a_rate_out_of_range_changes_nothing(rate: float) -> None:
    make_dead()
    with pytest.raises(DomainError) as caught:
        requeue_all(rate=rate)
    assert caught.value.field == "rate"
    assert Run.objects.count() == 1
