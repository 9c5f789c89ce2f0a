"""What waits in the outbox is sent, once, whatever the servers do."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from django.test import override_settings
from django.utils import timezone

from jobs.maintenance.alerts import Alerts
from jobs.maintenance.alerts.channels import failing_channels
from jobs.maintenance.notices import Delivery
from jobs.models import Alert, AlertKind, Channel, Notice, NoticeState, RunState
from jobs.notices.channels.answer import Answered
from jobs.notices.channels.signed_webhook import signature_of
from jobs.notices.claiming import claim_notices
from jobs.notices.settling import settle
from tests.integration.notices.telling import HOUR, MINUTE, begin, deliver, end
from tests.support.builders import make_channel, make_job, make_route, make_run
from tests.support.eventually import eventually
from tests.support.hooks import CUT, DRIP, NEVER, HookServer
from tests.support.smtp import MailServer
from tests.support.threads import at_once

DAY = timedelta(days=1)


def the_notice() -> Notice:
    return Notice.objects.get()


def test_an_alert_is_told_once_by_a_signed_webhook_that_can_be_checked() -> None:
    with HookServer() as server:
        channel = make_channel(address=f"{server.url}/in", key="whsec_" + "QUJD" * 8)
        make_route(channel)
        begin()
        begin()
        assert deliver() == {"sent": 1}
        assert deliver() == {"sent": 1}
    [got] = server.received
    head, body = got.headers, json.loads(got.body)
    assert head["webhook-id"] == str(the_notice().pk)
    signed = signature_of(
        head["webhook-id"], head["webhook-timestamp"], got.body, "whsec_" + "QUJD" * 8
    )
    assert head["webhook-signature"] == f"v1,{signed}"
    assert (body["type"], body["data"]["alert"]["subject"]) == ("alert.opened", "fast")
    assert the_notice().title.startswith("no worker consumes queue fast since ")


def test_what_is_told_by_mail_names_the_job_what_is_wrong_and_since_when() -> None:
    job = make_job(name="billing-sync", owner="fin-ops", tags=["fin"])
    make_route(make_channel("mail", "email", address="ana@example.com, bob@example.com"))
    now = timezone.now()
    for _ in range(2):
        make_run(job, state=RunState.FAILED, started_at=now, finished_at=now, error="boom")
    Alerts().run_once(now=now)
    notice = Notice.objects.get(alert_kind=AlertKind.FAILING)
    with MailServer() as server, override_settings(
        EMAIL_BACKEND="django.core.mail.backends.smtp.EmailBackend",
        EMAIL_HOST="127.0.0.1", EMAIL_PORT=server.port, EMAIL_USE_TLS=False,
    ):  # fmt: skip
        deliver()
    mail = next(mail for mail in server.mails if "is failing" in mail)
    assert f"Message-ID: <{notice.pk}@beatwright>" in mail
    assert "Subject: billing-sync is failing since" in mail
    assert "To: ana@example.com, bob@example.com" in mail
    assert "boom" in mail
    assert "fin-ops" in mail
    assert notice.run_id is not None


@pytest.mark.parametrize("answer", [500, 404, 302, NEVER, CUT, DRIP])
def test_what_is_not_taken_is_tried_again_with_the_same_id_and_not_before_its_time(
    answer: Any,
) -> None:
    with HookServer(answer, 200) as server:
        make_route(make_channel(address=server.url))
        now = timezone.now()
        begin(now=now)
        assert deliver(now=now) == {"waiting": 1}
        assert deliver(now=now + timedelta(seconds=5)) == {"waiting": 1}
        assert the_notice().answer
        assert Channel.objects.get().failing_since is not None
        assert deliver(now=now + MINUTE) == {"sent": 1}
    assert len({got.headers["webhook-id"] for got in server.received}) == 1
    assert len(server.received) == 2
    assert Channel.objects.get().failing_since is None


def test_a_redirect_is_not_followed() -> None:
    with HookServer() as inner, HookServer((302, {"Location": inner.url})) as server:
        make_route(make_channel(address=server.url))
        begin()
        assert deliver() == {"waiting": 1}
    assert inner.received == []


def test_a_server_that_asks_for_patience_is_left_alone_for_so_long() -> None:
    with HookServer((429, {"Retry-After": "600"}), 200) as server:
        make_route(make_channel(address=server.url))
        now = timezone.now()
        begin(now=now)
        deliver(now=now)
        assert deliver(now=now + 9 * MINUTE) == {"waiting": 1}
        assert deliver(now=now + 11 * MINUTE) == {"sent": 1}


def test_an_address_inside_the_network_is_refused_by_name() -> None:
    with HookServer() as server:
        make_route(make_channel(address=server.url.replace("127.0.0.1", "127.0.0.2")))
        begin()
        assert deliver() == {"waiting": 1}
    assert "127.0.0.2 is not on the public Internet" in the_notice().answer
    assert server.received == []


def test_after_a_day_of_tries_it_has_failed_and_the_other_channels_are_told() -> None:
    with HookServer() as well, HookServer(500) as ill:
        make_route(make_channel("ill", address=ill.url), name="ill")
        make_route(make_channel("well", address=well.url), name="well", kinds=[AlertKind.CHANNEL])
        now, alerts = timezone.now(), Alerts()
        alerts.detectors = {AlertKind.CHANNEL: failing_channels}
        begin(now=now)
        for hours in range(26):
            deliver(now=now + hours * HOUR)
            alerts.run_once(now=now + hours * HOUR)
    assert Notice.objects.get(channel="ill", alert_kind="no_consumer").state == "failed"
    told = [json.loads(got.body)["data"]["alert"] for got in well.received]
    assert [(one["kind"], one["subject"]) for one in told] == [("channel", "ill")]
    assert not Notice.objects.filter(channel="ill", alert_kind=AlertKind.CHANNEL).exists()


def test_a_receiver_that_is_gone_is_not_tried_again() -> None:
    with HookServer(410) as server:
        make_route(make_channel(address=server.url))
        begin()
        assert deliver() == {"failed": 1}


def test_two_leaders_at_once_send_it_once() -> None:
    with HookServer() as server:
        make_route(make_channel(address=server.url))
        for number in range(5):
            begin(f"queue-{number}")
        at_once([deliver, deliver, deliver])
        for _ in range(3):
            deliver()
    ids = [got.headers["webhook-id"] for got in server.received]
    assert sorted(ids) == sorted(set(ids))
    assert len(ids) == 5


def test_what_a_dead_leader_had_is_sent_by_the_next_one_with_the_same_id() -> None:
    with HookServer() as server:
        make_route(make_channel(address=server.url))
        now = timezone.now()
        begin(now=now)
        [taken] = claim_notices(10, {}, now=now)
        assert deliver(now=now + MINUTE) == {"waiting": 1}
        assert deliver(now=now + 3 * MINUTE) == {"sent": 1}
        assert not settle(taken, Answered(False, "late"), now=now + 4 * MINUTE)
    assert [got.headers["webhook-id"] for got in server.received] == [str(taken.pk)]
    assert the_notice().state == NoticeState.SENT


def test_a_channel_that_never_answers_takes_no_place_of_another() -> None:
    with HookServer(NEVER) as ill, HookServer() as well:
        make_route(make_channel("ill", address=ill.url), name="ill")
        make_route(make_channel("well", address=well.url), name="well")
        for number in range(20):
            begin(f"queue-{number:02}")
        delivery = Delivery()
        for _ in range(10):
            delivery.run_once(now=timezone.now())
            assert list(delivery.busy().values()).count("ill") <= 2
            eventually(lambda: "well" not in delivery.busy().values())
        assert len(well.received) == 20
        assert delivery.wait(30)


def test_a_notice_is_written_with_its_alert_or_not_at_all(monkeypatch: Any) -> None:
    make_route(make_channel())

    def fails(*args: object, **options: object) -> None:
        raise RuntimeError("here")

    monkeypatch.setattr("jobs.maintenance.alerts.service.alerts_opened", fails)
    with pytest.raises(RuntimeError):
        begin()
    assert not Alert.objects.exists()


def test_a_switched_off_channel_drops_what_is_written_for_it() -> None:
    make_route(make_channel(enabled=False))
    begin()
    assert deliver() == {"dropped": 1}


def test_recovery_says_how_long_it_lasted() -> None:
    with HookServer() as server:
        make_route(make_channel(address=server.url))
        now = timezone.now()
        begin(now=now - 2 * HOUR)
        deliver(now=now)
        end(now=now)
        assert deliver(now=now) == {"sent": 2}
    body = json.loads(server.received[-1].body)
    assert body["type"] == "alert.recovered"
    assert body["data"]["title"] == "Recovered after 2 h: no worker consumed queue fast"


def test_a_mail_server_that_talks_for_ever_is_cut_off() -> None:
    with MailServer(drips=True) as server, override_settings(
        EMAIL_BACKEND="django.core.mail.backends.smtp.EmailBackend",
        EMAIL_HOST="127.0.0.1", EMAIL_PORT=server.port, EMAIL_USE_TLS=False,
    ):  # fmt: skip
        make_route(make_channel("mail", "email", address="ana@example.com"))
        begin()
        assert deliver() == {"waiting": 1}
    assert the_notice().answer


def test_mail_that_is_refused_waits_for_its_next_try() -> None:
    with MailServer(refuses=True) as server, override_settings(
        EMAIL_BACKEND="django.core.mail.backends.smtp.EmailBackend",
        EMAIL_HOST="127.0.0.1", EMAIL_PORT=server.port, EMAIL_USE_TLS=False,
    ):  # fmt: skip
        make_route(make_channel("mail", "email", address="ana@example.com"))
        begin()
        assert deliver() == {"waiting": 1}
    assert "nobody here" in the_notice().answer
