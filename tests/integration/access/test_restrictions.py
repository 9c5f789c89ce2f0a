"""People who are limited to tags see and touch the jobs that carry one of them, and no other."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import AnonymousUser, User
from django.test import RequestFactory
from django.utils import timezone
from pytest_django.fixtures import DjangoAssertNumQueries

from jobs.access.actor import SYSTEM, Actor, Surface, actor_of
from jobs.access.roles import ROLES, Role
from jobs.access.visible import (
    visible_alerts,
    visible_backfills,
    visible_entries,
    visible_jobs,
    visible_runs,
)
from jobs.actions.jobs import create_job, update_job
from jobs.actions.pauses import pause_job
from jobs.actions.queues import pause_queue
from jobs.actions.runs.run import rerun, run_now
from jobs.errors import Forbidden, JobNotFound, RunNotFound
from jobs.models import Alert, Job, RunState
from jobs.queries.lookup import find_job, find_run
from tests.support.builders import by, make_job, make_run
from tests.support.people import make_user


def limited(*tags: str) -> Actor:
    return by("ana", tags=frozenset(tags))


def test_only_jobs_with_one_of_the_tags_are_seen_and_case_counts() -> None:
    fin, both = make_job(tags=["fin"]), make_job(tags=["ops", "fin"])
    for tags in (["FIN"], ["finance"], [], ["o'p"]):
        make_job(tags=tags)
    assert set(visible_jobs(limited("fin", "x"))) == {fin, both}
    assert list(visible_jobs(limited())) == []
    assert visible_jobs(SYSTEM).count() == 6


@pytest.mark.parametrize("tag", ["o'p", 'a"b', "ü", "%", "a\\b", "a,b"])
def test_a_tag_may_be_any_word(tag: str) -> None:
    job = make_job(tags=["first", tag])
    make_job(tags=["other"])
    assert list(visible_jobs(limited(tag))) == [job]


def test_runs_alerts_and_entries_follow_their_jobs() -> None:
    mine, other = make_job(tags=["fin"]), make_job(tags=["ops"])
    run = make_run(mine)
    make_run(other)
    now = timezone.now()
    for job in (mine, other, None):
        Alert.objects.create(
            kind="late", subject=str(job), job=job, message="x", opened_at=now, seen_at=now
        )
    for job in (mine, other):
        pause_job(job, actor=by("boss"), now=now)
    pause_queue("default", actor=by("boss"), now=now)
    assert list(visible_runs(limited("fin"))) == [run]
    assert {alert.job for alert in visible_alerts(limited("fin"))} == {mine, None}
    assert {entry.job_id for entry in visible_entries(limited("fin"))} == {mine.pk}
    assert list(visible_backfills(limited("fin"))) == []


def test_a_job_out_of_reach_is_not_found() -> None:
    run = make_run(make_job(name="secret", tags=["ops"]))
    with pytest.raises(JobNotFound):
        find_job("secret", actor=limited("fin"))
    with pytest.raises(RunNotFound):
        find_run(str(run.pk), actor=limited("fin"))


def test_a_job_out_of_reach_cannot_be_touched() -> None:
    job = make_job(tags=["ops"])
    run, now = make_run(job, state=RunState.FAILED), timezone.now()
    for call in (
        lambda actor: run_now(job, actor=actor, now=now),
        lambda actor: rerun(run, actor=actor, now=now),
        lambda actor: update_job(job, {"owner": "me"}, actor=actor, now=now),
        lambda actor: update_job(job, {"tags": ["fin"]}, actor=actor, now=now),
    ):
        with pytest.raises(Forbidden, match="only jobs with one of the tags: fin"):
            call(limited("fin"))
    job.refresh_from_db()
    assert (job.owner, job.tags, job.version) == ("", ["ops"], 1)


def test_nobody_makes_a_job_beyond_their_reach_or_moves_one_there() -> None:
    values = {"name": "new", "task": "EchoTask", "schedule": "@daily"}
    with pytest.raises(Forbidden):
        create_job(values, actor=limited("fin"), now=timezone.now())
    job = create_job(values | {"tags": ["fin"]}, actor=limited("fin"), now=timezone.now())
    with pytest.raises(Forbidden):
        update_job(job, {"tags": []}, actor=limited("fin"), now=timezone.now())
    assert Job.objects.get().tags == ["fin"]


def test_a_queue_concerns_the_jobs_of_others_too() -> None:
    make_job(tags=["fin"])
    with pytest.raises(Forbidden):
        pause_queue("default", actor=limited("fin"), now=timezone.now())


def actor_for(user: User | AnonymousUser) -> Actor:
    request = RequestFactory().get("/", REMOTE_ADDR="198.51.100.7")
    request.user = user
    assert actor_of(request) is actor_of(request)
    return actor_of(request)


def test_who_is_signed_in_has_the_rights_of_their_groups_and_their_tags() -> None:
    actor = actor_for(make_user(Role.EDITOR, "ana", tags=["fin"]))
    assert actor == Actor(
        "ana", Surface.CONSOLE, ROLES[Role.EDITOR], frozenset({"fin"}), "198.51.100.7"
    )


def test_a_superuser_may_everything_and_nobody_in_particular_nothing(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    boss = User.objects.create_superuser("boss")
    with django_assert_num_queries(0):
        assert actor_for(boss).permissions is None
        assert actor_for(AnonymousUser()).permissions == frozenset()
