"""The older systems' addresses without a token: open to the networks that are named, and to nobody
unless told so.
"""

from __future__ import annotations

import pytest
from django.test import Client
from pytest_django import Settings

from jobs.models import AuditEntry

ADDRESSES = [
    "/jobs",
    "/v1/jobs",
    "/v1/executions",
    "/api/v1/tasks",
    "/api/v1/health",
    "/api/v1/system/workers",
]


@pytest.mark.parametrize("address", ADDRESSES)
def test_they_are_closed_unless_they_are_opened(address: str, settings: Settings) -> None:
    assert Client().get(address).status_code == 401
    settings.BEATWRIGHT = settings.BEATWRIGHT | {"compat_open_on_loopback": True}
    assert Client().get(address).status_code == 200
    assert Client(REMOTE_ADDR="10.1.2.3").get(address).status_code == 401
    settings.BEATWRIGHT = settings.BEATWRIGHT | {"compat_open_networks": ["10.1.0.0/16"]}
    assert Client(REMOTE_ADDR="10.1.2.3").get(address).status_code == 200
    assert (
        Client(REMOTE_ADDR="10.1.2.3", HTTP_X_FORWARDED_FOR="10.1.2.4").get(address).status_code
        == 401
    )
    assert Client().get("/api/v1/jobs/").status_code == 401


def test_what_is_done_so_is_in_the_audit_under_its_name(settings: Settings) -> None:
    settings.BEATWRIGHT = settings.BEATWRIGHT | {"compat_open_networks": ["10.1.0.0/16"]}
    body = {"type": "EchoTask", "schedule": "@daily"}
    made = Client(REMOTE_ADDR="10.1.2.3").post("/jobs", body, content_type="application/json")
    assert made.status_code == 201
    entry = AuditEntry.objects.get()
    assert (entry.who, entry.surface, entry.address) == ("api:open", "api", "10.1.2.3")


def test_a_form_of_a_page_changes_nothing(settings: Settings) -> None:
    settings.BEATWRIGHT = settings.BEATWRIGHT | {"compat_open_on_loopback": True}
    assert Client().post("/v1/jobs").status_code == 401
    assert Client().post("/v1/jobs", b"{}", content_type="text/plain").status_code == 401
    page = Client(headers={"origin": "http://evil.example"})
    assert page.post("/v1/jobs", {}, content_type="application/json").status_code == 401
    assert not AuditEntry.objects.exists()
