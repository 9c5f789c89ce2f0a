"""Pausing a queue keeps its runs in the database; resuming it lets them go."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from jobs.access.actor import SYSTEM
from jobs.actions.queues import pause_queue, resume_due_queues, resume_queue
from jobs.dispatch.publish import publish_ready
from jobs.errors import DomainError
from jobs.models import Queue
from jobs.queries.queues import QueueLoad, queue_loads
from tests.support.builders import by, make_job, make_run
from tests.support.redis import RedisServer


def test_a_paused_queue_publishes_nothing_until_it_is_resumed(broker: RedisServer) -> None:
    now = timezone.now()
    make_run(make_job(queue="mail"), available_at=now)
    pause_queue("mail", actor=by("ana"), reason="smtp move", now=now)
    assert publish_ready(now=now) == 0
    resume_queue("mail", actor=by("ben"), now=now)
    assert publish_ready(now=now) == 1


def test_other_queues_go_on(broker: RedisServer) -> None:
    now = timezone.now()
    make_run(make_job(queue="mail"), available_at=now)
    make_run(available_at=now)
    pause_queue("mail", actor=by("ana"), now=now)
    assert publish_ready(now=now) == 1


def test_a_pause_keeps_who_why_and_until_and_a_resume_forgets_them() -> None:
    now, until = timezone.now(), timezone.now() + timedelta(hours=1)
    pause_queue("default", actor=by("ana"), reason="move", until=until, now=now)
    queue = Queue.objects.get()
    assert (queue.paused_at, queue.paused_by, queue.paused_reason, queue.paused_until) == (
        now,
        "ana",
        "move",
        until,
    )
    queue = resume_queue("default", actor=by("ben"), now=now)
    assert (queue.paused_at, queue.paused_by, queue.paused_reason, queue.paused_until) == (
        None,
        "",
        "",
        None,
    )


def test_a_pause_ends_by_itself_and_one_without_an_end_does_not() -> None:
    now = timezone.now()
    make_job(queue="mail")
    pause_queue("mail", actor=by("ana"), until=now + timedelta(hours=1), now=now)
    pause_queue("default", actor=by("ana"), now=now)
    assert resume_due_queues(now=now) == 0
    assert resume_due_queues(now=now + timedelta(hours=2)) == 1
    assert resume_due_queues(now=now + timedelta(hours=2)) == 0
    assert list(Queue.objects.filter(paused_at=None).values_list("name", flat=True)) == ["mail"]


def test_pausing_a_paused_queue_changes_reason_and_end() -> None:
    now = timezone.now()
    pause_queue("default", actor=by("ana"), reason="one", until=now + timedelta(hours=1), now=now)
    again = pause_queue("default", actor=by("ben"), reason="two", now=now)
    assert (again.paused_by, again.paused_reason, again.paused_until) == ("ben", "two", None)
    assert Queue.objects.count() == 1


def test_bad_input_names_the_field_and_changes_nothing() -> None:
    now = timezone.now()
    for field, wrong in (
        ("queue", lambda: pause_queue("mial", actor=by("ana"), now=now)),
        ("queue", lambda: pause_queue("a\x00b", actor=by("ana"), now=now)),
        ("queue", lambda: resume_queue("a\x00b", actor=by("ana"), now=now)),
        ("paused_reason", lambda: pause_queue("default", actor=by("ana"), reason="\x00", now=now)),
        ("paused_until", lambda: pause_queue("default", actor=by("ana"), until=now, now=now)),
        (
            "paused_reason",
            lambda: pause_queue("default", actor=by("ana"), reason="x" * 501, now=now),
        ),
        ("queue", lambda: resume_queue("default", actor=by("ana"), now=now)),
    ):
        with pytest.raises(DomainError) as caught:
            wrong()
        assert caught.value.field == field
    assert not Queue.objects.exists()


def test_the_list_counts_what_waits_and_what_has_a_message() -> None:
    now = timezone.now()
    make_job(queue="idle")
    mail = make_job(queue="mail")
    for published_at in (None, None, now):
        make_run(mail, published_at=published_at)
    make_run(mail, state="running")
    Queue.objects.create(name="old", paused_at=now, paused_by="ana")
    assert queue_loads(actor=SYSTEM) == [
        QueueLoad("default", 0, 0),
        QueueLoad("idle", 0, 0),
        QueueLoad("mail", 2, 1),
        QueueLoad("old", 0, 0, paused_at=now, paused_by="ana"),
    ]


def test_a_queue_that_only_waiting_runs_name_is_listed() -> None:
    make_run(queue="gone")
    assert QueueLoad("gone", 1, 0) in queue_loads(actor=SYSTEM)
