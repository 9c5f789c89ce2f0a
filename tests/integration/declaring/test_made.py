"""Jobs that the application makes, by keys of its own."""

from __future__ import annotations

import pytest
from django.db import transaction
from django.utils import timezone

from beatwright import cron, manual, remove_job, upsert_job
from jobs.actions.pauses import pause_job
from jobs.errors import InvalidFields, NameTaken
from jobs.models import Job
from tasks.basics import echo_task, log_task
from tests.support.builders import by, make_job
from tests.support.threads import at_once


def test_a_key_has_one_job_which_says_what_was_said_last() -> None:
    first = upsert_job("customer:7", log_task.s("hi"), cron("@daily"), timeout=60)
    again = upsert_job("customer:7", log_task.s("hello"), cron("@hourly"))
    job = Job.objects.get()
    assert (job.pk, first) == (again, again)
    assert (job.name, job.source) == ("customer:7", "app:customer:7")
    assert (job.params, job.schedule) == ({"message": "hello"}, "@hourly")
    assert job.timeout_seconds is None  # what is left out has its default


def test_the_same_again_is_no_new_version() -> None:
    for _ in range(2):
        upsert_job("a", echo_task, manual())
    assert Job.objects.get().version == 1


def test_a_job_may_have_a_name_beside_its_key() -> None:
    upsert_job("a", echo_task, manual(), name="Ana's report")
    upsert_job("a", echo_task, manual(), name="Ana's numbers")
    assert Job.objects.get().name == "Ana's numbers"


def test_a_job_is_made_with_the_callers_transaction_or_not_at_all() -> None:
    with transaction.atomic():
        upsert_job("a", echo_task, manual())
        transaction.set_rollback(True)
    assert not Job.objects.exists()


def test_a_pause_stays() -> None:
    upsert_job("a", echo_task, cron("@daily"))
    pause_job(Job.objects.get(), actor=by("ana"), now=timezone.now(), reason="")
    upsert_job("a", echo_task, cron("@hourly"))
    assert not Job.objects.get().enabled


def test_a_removed_job_is_gone_and_its_key_is_free() -> None:
    upsert_job("a", echo_task, manual())
    assert remove_job("a")
    assert not remove_job("a")
    upsert_job("a", echo_task, manual())
    assert Job.objects.unarchived().count() == 1


def test_the_name_of_another_job_is_refused() -> None:
    make_job(name="a")
    with pytest.raises(NameTaken):
        upsert_job("a", echo_task, manual())


def test_what_is_wrong_is_named_by_its_field() -> None:
    with pytest.raises(InvalidFields) as caught:
        upsert_job("a", log_task.s(5), cron("61 * * * *"), overlap="never")  # type: ignore[arg-type]
    assert {problem.field for problem in caught.value.problems} == {"overlap_policy"}
    with pytest.raises(InvalidFields) as caught:
        upsert_job("a", log_task.s(5), cron("61 * * * *"))
    assert {problem.field for problem in caught.value.problems} == {"params", "schedule"}
    with pytest.raises(TypeError, match="did you mean timeout"):
        upsert_job("a", echo_task, manual(), timeot=5)  # type: ignore[call-arg]


def test_two_at_once_make_one_job() -> None:
    made = at_once([lambda: upsert_job("a", echo_task, manual())] * 2)
    assert set(made) == {Job.objects.get().pk}
