"""What apprise sends passes the same guard and the same deadline."""

from __future__ import annotations

import json
import subprocess
import sys
from importlib import util
from typing import Any

import pytest
from django.conf import settings
from django.test import override_settings
from django.utils import timezone

from jobs.actions.notice.channels import create_channel
from jobs.errors import DomainError
from jobs.models import Notice
from tests.integration.notices.telling import begin, deliver
from tests.support.builders import by, make_channel, make_route
from tests.support.hooks import DRIP, HookServer
from tests.support.processes import BASE_DIR


def apprise_address(server: HookServer) -> str:
    return server.url.replace("http://", "json://") + "/t0ken"


def test_an_alert_is_sent_through_apprise() -> None:
    with HookServer() as server:
        make_route(make_channel("chat", "apprise", address=apprise_address(server)))
        begin()
        assert deliver() == {"sent": 1}
    body = json.loads(server.received[0].body)
    assert body["title"].startswith("no worker consumes queue fast since ")
    assert "Severity: critical" in body["message"]


def test_an_address_inside_the_network_is_refused() -> None:
    nothing: dict[str, Any] = {"http_allow_hosts": []}
    with HookServer() as server, override_settings(BEATWRIGHT=settings.BEATWRIGHT | nothing):
        make_route(make_channel("chat", "apprise", address=apprise_address(server)))
        begin()
        assert deliver() == {"waiting": 1}
    assert server.received == []
    assert "t0ken" not in Notice.objects.get().answer


def test_a_server_that_drips_is_left_at_the_deadline() -> None:
    with HookServer(DRIP) as server:
        make_route(make_channel("chat", "apprise", address=apprise_address(server)))
        begin()
        assert deliver() == {"waiting": 1}
    assert "no full answer" in Notice.objects.get().answer


@pytest.mark.parametrize("address", ["nonsense://here/now", "slack://"])
def test_an_address_that_apprise_does_not_know_is_refused(address: str) -> None:
    values = {"name": "chat", "kind": "apprise", "address": address}
    with pytest.raises(DomainError) as refused:
        create_channel(values, actor=by("ana"), now=timezone.now())
    assert refused.value.field == "address"


def test_without_the_package_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "jobs.notices.channels.apprise_way.find_spec",
        lambda name: None if name == "apprise" else util.find_spec(name),
    )
    values = {"name": "chat", "kind": "apprise", "address": "json://example.com"}
    with pytest.raises(DomainError) as refused:
        create_channel(values, actor=by("ana"), now=timezone.now())
    assert "pip install 'beatwright[notify]'" in str(refused.value)
    make_route(make_channel("chat", "apprise", address="json://example.com"))
    begin()
    assert deliver() == {"waiting": 1}
    assert "beatwright[notify]" in Notice.objects.get().answer


WITHOUT = """
import sys


class Missing:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {"httpx", "apprise"}:
            raise ModuleNotFoundError(name)


sys.meta_path.insert(0, Missing())
import django

django.setup()
import jobs.scheduler.leader
import jobs.notices.channels.sending
"""


def test_a_scheduler_starts_where_neither_httpx_nor_apprise_is_installed() -> None:
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT], cwd=BASE_DIR, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
