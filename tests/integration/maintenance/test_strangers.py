"""Workers that are none of ours and take messages of runs: seen, told, and sent nothing while they
are alone.
"""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from jobs.access.actor import SYSTEM
from jobs.dispatch.brokers.answering import Consumer, marked
from jobs.dispatch.brokers.broker import Broker
from jobs.dispatch.publish import publish_ready
from jobs.maintenance.alerts import Alerts
from jobs.maintenance.reconcile import Reconcile
from jobs.maintenance.strangers import UNSEEN_KEPT
from jobs.models import AlertKind, Queue
from jobs.queries.attention.alerts import open_alerts, taken_sentence
from jobs.queries.why.run import reasons_of
from jobs.queries.why.site import Site
from scheduler_site.celery import app
from tests.support.builders import make_run, make_worker
from tests.support.redis import RedisServer

STOCK = Consumer("celery@shop", "default", is_ours=False)
OURS = Consumer("w1@here", "default", is_ours=True)


@pytest.fixture
def answering(monkeypatch: pytest.MonkeyPatch) -> list[Consumer]:
    """Who answers when all workers are asked what they consume."""
    there: list[Consumer] = []

    class Answered(Broker):
        def consumers(self) -> list[Consumer]:
            return list(there)

    monkeypatch.setattr(app, "broker_cls", Answered, raising=False)
    return there


def later() -> datetime:
    """When what has just been sent is old enough to be missed."""
    return timezone.now() + timedelta(minutes=1)


def vanish(broker: RedisServer, reconcile: Reconcile, now: datetime) -> None:
    """Messages are sent, taken by somebody, and found missing."""
    publish_ready(now=now)
    broker.flush()
    reconcile.run_once(now=now)
    reconcile.run_once(now=now)


def alerts() -> list[tuple[str, str]]:
    """What is told of queues from which others take messages."""
    Alerts().run_once(now=later())
    taken = [alert for alert in open_alerts(actor=SYSTEM) if alert.kind == AlertKind.TAKEN]
    return [(alert.subject, alert.message) for alert in taken]


def row() -> Queue:
    return Queue.objects.get(pk="default")


def test_a_stock_worker_that_takes_messages_is_named_and_alone_gets_no_more(
    broker: RedisServer, answering: list[Consumer]
) -> None:
    run, reconcile = make_run(), Reconcile()
    answering.append(STOCK)
    vanish(broker, reconcile, later())

    assert (row().taken_by, row().held) == ("celery@shop", True)
    assert publish_ready(now=later()) == 0
    [reason, *_] = reasons_of(run, Site("default", later()))
    assert (reason.code, reason.facts["workers"]) == ("messages_taken", "celery@shop")
    assert "nothing is sent there until" in reason.sentence
    assert alerts() == [("default", taken_sentence("default", "celery@shop", held=True))]


def test_a_worker_of_ours_that_comes_to_a_held_queue_opens_it(
    broker: RedisServer, answering: list[Consumer]
) -> None:
    make_run()
    reconcile = Reconcile()
    answering.append(STOCK)
    vanish(broker, reconcile, later())
    assert reconcile.look_closer(now=timezone.now())["queues opened"] == 0
    make_worker("default", name="w1@here")

    assert reconcile.look_closer(now=timezone.now())["queues opened"] == 1

    assert (row().held, bool(row().taken_at)) == (False, True)
    assert alerts() == [("default", taken_sentence("default", "celery@shop", held=False))]
    assert publish_ready(now=later()) == 1


def test_beside_a_worker_of_ours_lost_messages_are_found_in_seconds(
    broker: RedisServer, answering: list[Consumer]
) -> None:
    run, reconcile = make_run(), Reconcile()
    answering.extend([STOCK, OURS])
    vanish(broker, reconcile, later())
    assert row().held is False
    publish_ready(now=later())
    broker.flush()

    now = timezone.now()
    looks = [now + timedelta(seconds=seconds) for seconds in (0, 5, 6)]
    assert [reconcile.look_closer(now=look)["lost"] for look in looks] == [0, 0, 1]
    run.refresh_from_db()
    assert run.published_at is None


def test_it_is_over_when_the_worker_no_longer_answers(
    broker: RedisServer, answering: list[Consumer]
) -> None:
    make_run()
    reconcile = Reconcile()
    answering.append(STOCK)
    vanish(broker, reconcile, later())
    answering[:] = [OURS]
    reconcile.run_once(now=later())

    assert (row().taken_at, row().taken_by, row().held) == (None, "", False)
    assert alerts() == []
    assert reconcile.look_closer(now=later()) == {}
    assert publish_ready(now=later()) == 1


def test_another_scheduler_that_takes_the_lead_goes_on_with_what_is_marked(
    broker: RedisServer, answering: list[Consumer]
) -> None:
    make_run()
    answering.append(STOCK)
    vanish(broker, Reconcile(), later())
    answering.clear()
    Reconcile().run_once(now=later())
    assert row().taken_at is None


def test_a_message_that_vanishes_once_without_a_stranger_is_nobodys_fault(
    broker: RedisServer, answering: list[Consumer]
) -> None:
    make_run()
    answering.append(Consumer("celery@shop", "mail", is_ours=False))
    vanish(broker, Reconcile(), later())
    assert not Queue.objects.exists()


def test_who_does_not_answer_is_known_by_the_third_loss_of_one_run_and_kept_for_a_while(
    broker: RedisServer, answering: list[Consumer]
) -> None:
    make_run()
    reconcile = Reconcile()
    for _ in range(2):
        vanish(broker, reconcile, later())
    assert not Queue.objects.exists()
    vanish(broker, reconcile, later())
    assert (row().taken_by, row().held) == ("", True)

    reconcile.run_once(now=later())
    assert row().held is True
    reconcile.run_once(now=later() + UNSEEN_KEPT)
    assert (row().taken_at, row().held) == (None, False)


def test_a_worker_of_the_version_before_is_known_to_the_database_and_executes_nothing(
    broker: RedisServer, answering: list[Consumer]
) -> None:
    make_worker("default", name="celery@shop")
    make_run()
    reconcile = Reconcile()
    answering.append(STOCK)
    vanish(broker, reconcile, later())
    assert row().held is True
    assert reconcile.look_closer(now=timezone.now())["queues opened"] == 0

    answering.append(Consumer("celery@shop", "default", is_ours=True))  # of the same name
    reconcile.run_once(now=later())
    assert row().held is False


def test_the_answer_of_our_worker_bears_a_mark() -> None:
    assert marked([{"name": "default"}]) == [{"name": "default", "beatwright": True}]
