"""Which alerts a route takes, and when it tells of them."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from jobs.actions.alerts import acknowledge_alert
from jobs.actions.undo import undo_acknowledge
from jobs.models import Alert, AlertKind, Notice, NoticeKind
from jobs.notices.matching import routes_of
from jobs.notices.outbox import alerts_opened
from jobs.notices.quiet import quiet_until
from tests.integration.notices.telling import HOUR, MINUTE, begin, deliver, end
from tests.support.builders import by, make_alert, make_channel, make_job, make_route
from tests.support.hooks import HookServer


def kinds() -> list[tuple[str, str]]:
    return list(Notice.objects.order_by("created_at", "id").values_list("kind", "state"))


@pytest.mark.parametrize(
    ("fields", "takes"),
    [
        ({}, True),
        ({"kinds": ["late"]}, True),
        ({"kinds": ["failing"]}, False),
        ({"severities": ["warning"]}, True),
        ({"severities": ["critical", "error"]}, False),
        ({"tags": ["fin", "other"]}, True),
        ({"tags": ["other"]}, False),
        ({"owners": ["ana"]}, True),
        ({"owners": ["bob"]}, False),
        ({"queues": ["night"]}, True),
        ({"queues": ["default"]}, False),
        ({"kinds": ["late"], "tags": ["fin"], "queues": ["default"]}, False),
    ],
)
def test_an_alert_takes_a_route_if_each_list_has_it(fields: dict[str, Any], takes: bool) -> None:
    job = make_job(tags=["fin"], owner="ana", queue="night")
    route = make_route(make_channel(), **fields)
    assert list(routes_of(make_alert(job), [route])) == ([route] if takes else [])


def test_a_route_of_one_job_takes_no_other_and_none_without_a_job() -> None:
    job, other = make_job(), make_job()
    route = make_route(make_channel(), jobs=[str(job.pk)])
    taken = [bool(list(routes_of(make_alert(one), [route]))) for one in (job, other, None)]
    assert taken == [True, False, False]


@pytest.mark.parametrize(
    ("quiet", "now", "until"),
    [
        ("22:00-07:00", "2026-11-30T22:30", "2026-12-01T06:00"),
        ("22:00-07:00", "2026-11-30T03:00", "2026-11-30T06:00"),
        ("22:00-07:00", "2026-11-30T06:00", None),
        ("22:00-07:00", "2026-11-30T20:59", None),
        ("22:00-07:00", "2026-11-30T21:00", "2026-12-01T06:00"),
        ("12:00-13:00", "2026-11-30T11:30", "2026-11-30T12:00"),
        # The night in which clocks are put forward ends an hour sooner.
        ("22:00-07:00", "2027-03-27T23:00", "2027-03-28T05:00"),
        ("", "2026-11-30T22:30", None),
    ],
)
def test_quiet_hours_are_on_the_clocks_of_their_zone(
    quiet: str, now: str, until: str | None
) -> None:
    at = datetime.fromisoformat(now).replace(tzinfo=UTC)
    found = quiet_until(quiet, "Europe/Berlin", at)
    assert found == (datetime.fromisoformat(until).replace(tzinfo=UTC) if until else None)


def test_what_begins_in_quiet_hours_is_told_when_they_end() -> None:
    night = timezone.now().replace(hour=23, minute=0)
    with HookServer() as server:
        make_route(make_channel(address=server.url), quiet="22:00-07:00")
        begin(now=night)
        assert deliver(now=night + HOUR) == {"waiting": 1}
        assert deliver(now=night + 8 * HOUR) == {"sent": 1}


def test_what_is_over_before_quiet_hours_end_is_told_in_one_notice() -> None:
    night = timezone.now().replace(hour=23, minute=0)
    with HookServer() as server:
        make_route(make_channel(address=server.url), quiet="22:00-07:00")
        begin(now=night)
        end(now=night + HOUR)
        assert deliver(now=night + 8 * HOUR) == {"counted": 1, "sent": 1}
    [got] = server.received
    assert json.loads(got.body)["type"] == "alert.recovered"


def test_without_recoveries_what_was_over_in_quiet_hours_is_told_all_the_same() -> None:
    night = timezone.now().replace(hour=23, minute=0)
    with HookServer() as server:
        make_route(make_channel(address=server.url), quiet="22:00-07:00", recovery=False)
        begin(now=night)
        end(now=night + HOUR)
        assert deliver(now=night + 8 * HOUR) == {"sent": 1}


def test_a_digest_is_one_message_that_lists_the_rest() -> None:
    now = timezone.now()
    with HookServer() as server:
        make_route(make_channel(address=server.url), digest_minutes=15)
        for number in range(4):
            begin(f"q{number}", now=now)
        assert deliver(now=now) == {"sent": 1, "counted": 3}
        begin("q4", now=now + MINUTE)
        begin("q5", now=now + MINUTE)
        deliver(now=now + 2 * MINUTE)
        assert len(server.received) == 1
        deliver(now=now + 16 * MINUTE)
    first, second = (json.loads(got.body)["data"] for got in server.received)
    assert len(first["also"]) == 3
    assert len(second["also"]) == 1
    assert not Notice.objects.filter(state="waiting").exists()


def test_a_digest_that_is_tried_again_says_the_same() -> None:
    now = timezone.now()
    with HookServer(500, 200) as server:
        make_route(make_channel(address=server.url), digest_minutes=15)
        begin("q0", now=now)
        begin("q1", now=now)
        deliver(now=now)
        begin("q2", now=now)
        deliver(now=now + MINUTE)
    first, second = server.received
    assert first.body == second.body
    assert first.headers["webhook-id"] == second.headers["webhook-id"]


def test_what_nobody_acknowledges_is_told_to_another_channel() -> None:
    now = timezone.now()
    with HookServer() as first, HookServer() as second:
        boss = make_channel("boss", address=second.url)
        make_route(make_channel(address=first.url), escalate_minutes=30, escalate_to=boss)
        begin(now=now)
        deliver(now=now + 29 * MINUTE)
        assert (len(first.received), len(second.received)) == (1, 0)
        deliver(now=now + 31 * MINUTE)
        end(now=now + HOUR)
        deliver(now=now + HOUR)
    assert [json.loads(got.body)["type"] for got in second.received] == [
        "alert.escalated",
        "alert.recovered",
    ]
    assert json.loads(second.received[0].body)["data"]["title"].startswith("Not acknowledged: ")


def test_what_is_acknowledged_is_not_escalated_until_that_is_taken_back() -> None:
    now = timezone.now()
    with HookServer() as first, HookServer() as second:
        boss = make_channel("boss", address=second.url)
        make_route(make_channel(address=first.url), escalate_minutes=30, escalate_to=boss)
        begin(now=now)
        alert = Alert.objects.select_related("job").get()
        acknowledge_alert(alert, actor=by("ana"), now=now)
        deliver(now=now + 31 * MINUTE)
        assert ("escalated", "dropped") in kinds()
        undo_acknowledge(alert, actor=by("ana"), now=now + HOUR)
        deliver(now=now + HOUR + 29 * MINUTE)
        assert second.received == []
        deliver(now=now + HOUR + 31 * MINUTE)
    assert len(second.received) == 1


def test_a_snooze_puts_the_escalation_off() -> None:
    now = timezone.now()
    with HookServer() as first, HookServer() as second:
        boss = make_channel("boss", address=second.url)
        make_route(make_channel(address=first.url), escalate_minutes=30, escalate_to=boss)
        begin(now=now)
        alert = Alert.objects.select_related("job").get()
        acknowledge_alert(alert, actor=by("ana"), until=now + 2 * HOUR, now=now)
        deliver(now=now + HOUR)
        assert second.received == []
        deliver(now=now + 2 * HOUR + MINUTE)
    assert len(second.received) == 1


def test_flapping_is_told_once_and_its_recovery_when_it_is_stable() -> None:
    now = timezone.now()
    with HookServer() as server:
        make_route(make_channel(address=server.url))
        for number in range(8):
            at = now + number * 4 * MINUTE
            begin(now=at)
            deliver(now=at)
            end(now=at + MINUTE)
            deliver(now=at + MINUTE)
        told = [json.loads(got.body)["type"] for got in server.received]
        assert told == ["alert.opened", "alert.recovered"] * 3 + ["alert.flapping"]
        deliver(now=now + 3 * HOUR)
    last = json.loads(server.received[-1].body)
    assert last["type"] == "alert.recovered"
    assert len(server.received) == 8


def test_a_second_alert_of_the_same_kind_is_told_on_its_own() -> None:
    make_route(make_channel())
    begin("one")
    begin("two")
    assert kinds() == [(NoticeKind.OPENED, "waiting")] * 2


def test_what_nobody_was_told_of_has_no_recovery() -> None:
    begin()
    make_route(make_channel())
    end()
    assert not Notice.objects.exists()


def test_a_notice_of_an_alert_without_a_job_names_what_it_is_about() -> None:
    make_route(make_channel())
    begin("fast")
    notice = Notice.objects.get()
    assert (notice.alert_kind, notice.subject) == (AlertKind.NO_CONSUMER, "fast")
    assert timedelta() <= notice.next_at - notice.created_at


def test_many_alerts_of_one_moment_cost_a_few_queries_together() -> None:
    make_route(make_channel(), escalate_minutes=5, escalate_to=make_channel("boss"))
    now = timezone.now()
    subjects = [f"q{number}" for number in range(200)]
    rows = [
        Alert(kind=AlertKind.NO_CONSUMER, subject=subject, opened_at=now, seen_at=now)
        for subject in subjects
    ]
    Alert.objects.bulk_create(rows)
    with CaptureQueriesContext(connection) as queries:
        alerts_opened(AlertKind.NO_CONSUMER, subjects, now=now)
    assert Notice.objects.count() == 400
    # SQLite takes few values in one INSERT.
    assert len(queries) <= 20
