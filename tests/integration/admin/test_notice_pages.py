"""The pages of channels, routes and notices: made, tried, previewed; no address is shown."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.test import Client, override_settings
from django.utils import timezone

from jobs.models import Channel, NoticeState, Route
from jobs.notices.channels.target import new_signing_key, target_of
from tests.support.builders import make_alert, make_channel, make_job, make_notice, make_route
from tests.support.hooks import HookServer

BASE = "/admin/beatwright"
ROUTE = {"name": "night", "channel": "ops", "timezone": "Europe/Berlin", "enabled": "on"}


@pytest.fixture(autouse=True)
def _static(static_root: None) -> None:
    """The pages link to files."""


def told(client: Client, path: str) -> str:
    return client.get(f"{BASE}/{path}").content.decode()


def test_a_channel_is_made_and_neither_its_address_nor_its_key_is_shown(
    admin_client: Client,
) -> None:
    key = new_signing_key()
    values = {
        "name": "hook",
        "kind": "webhook",
        "address": "https://example.com/t0ken-in-the-path",
        "key": key,
        "enabled": "on",
    }
    answer = admin_client.post(f"{BASE}/channels/_add/", values, follow=True)
    assert answer.status_code == 200
    channel = Channel.objects.get()
    assert target_of(channel).key == key
    pages = [
        answer.content.decode(),
        told(admin_client, "channels/"),
        told(admin_client, "channels/hook/change/"),
        told(admin_client, "auditentry/"),
    ]
    assert all("t0ken" not in page and key not in page for page in pages)
    assert "https://example.com/…" in pages[1]


def test_what_is_wrong_stands_beside_its_field(admin_client: Client) -> None:
    values = {"name": "a b", "kind": "email", "address": "nobody"}
    answer = admin_client.post(f"{BASE}/channels/_add/", values)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "is not an email address" in page
    assert not Channel.objects.exists()


def test_a_test_shows_what_the_channel_says(admin_client: Client) -> None:
    with HookServer(200, 503) as server:
        make_channel(address=server.url)
        changed = {"http_allow_hosts": ["127.0.0.1"]}
        with override_settings(BEATWRIGHT=settings.BEATWRIGHT | changed):
            path = f"{BASE}/channels/ops/test/"
            pages = [admin_client.post(path, follow=True).content.decode() for _ in range(2)]
    assert "ops took the test. It answered: 200 done" in pages[0]
    assert "The test did not reach ops: 503 done" in pages[1]
    assert server.received[0].headers["webhook-id"].startswith("test-")


def test_a_route_says_before_it_is_saved_what_it_would_have_sent(admin_client: Client) -> None:
    make_channel()
    now = timezone.now()
    for number in range(3):
        make_alert(subject=f"q{number}", opened_at=now - timedelta(days=number), closed_at=now)
    make_alert(subject="old", opened_at=now - timedelta(days=8), closed_at=now)
    url = f"{BASE}/routes/_add/"
    page = admin_client.post(url, ROUTE | {"preview": "1"}).content.decode()
    assert "would have sent 3 notices about 3 alerts" in page
    assert not Route.objects.exists()
    other: dict[str, Any] = ROUTE | {"severities": ["warning"], "preview": "1"}
    assert "would have sent 0 notices" in admin_client.post(url, other).content.decode()
    assert admin_client.post(url, ROUTE | {"recovery": "on"}).status_code == 302
    assert Route.objects.get().recovery


def test_a_route_that_is_changed_keeps_what_the_form_shows(admin_client: Client) -> None:
    job = make_job(name="bill")
    make_route(
        make_channel(),
        "night",
        jobs=[str(job.pk)],
        tags=["fin"],
        quiet="22:00-07:00",
        kinds=["late"],
    )
    page = told(admin_client, "routes/night/change/")
    assert 'value="bill"' in page
    assert 'value="22:00-07:00"' in page
    values = ROUTE | {"jobs": "bill", "tags": "fin, ops", "quiet": "", "kinds": ["late"]}
    assert admin_client.post(f"{BASE}/routes/night/change/", values).status_code == 302
    route = Route.objects.get()
    assert (route.jobs, route.tags, route.quiet) == ([str(job.pk)], ["fin", "ops"], "")


def test_a_notice_leads_to_its_job_and_its_run_and_shows_its_text(admin_client: Client) -> None:
    job = make_job(name="bill")
    notice = make_notice(
        job,
        title="bill is failing",
        text="boom\nboom",
        channel_name="ops",
        state=NoticeState.FAILED,
        answer="500 no",
        run_id=job.pk,
    )
    page = told(admin_client, f"notices/{notice.pk}/")
    assert "boom\nboom" in page
    assert f"{BASE}/run/{job.pk}/" in page
    listed = told(admin_client, "notices/?state=failed&channel=ops")
    assert "bill is failing" in listed
    assert "500 no" in listed
    assert "No matching notices" in told(admin_client, "notices/?state=sent")


def test_empty_pages_say_what_would_fill_them(admin_client: Client) -> None:
    assert "No channels yet" in told(admin_client, "channels/")
    assert "Create a channel first" in told(admin_client, "routes/")
    assert "No notices yet" in told(admin_client, "notices/")


def test_a_channel_that_routes_lead_to_stays(admin_client: Client) -> None:
    make_route(make_channel(), "night")
    path = f"{BASE}/channels/ops/delete/"
    page = admin_client.post(path, {"sure": "1"}, follow=True).content.decode()
    assert "in use by routes: night" in page
    assert Channel.objects.exists()
