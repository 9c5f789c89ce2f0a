"""Both ways of a command: asked of the API of its own process, and of a live server over HTTP."""

from __future__ import annotations

import getpass
from dataclasses import dataclass

import pytest
from django.conf import settings

from jobs.models import AuditEntry
from tests.support.api import Api


@dataclass(frozen=True)
class Way:
    """``who`` and ``surface``: what the audit says of who typed the command."""

    who: str
    surface: str


@pytest.fixture(params=["here", "far"])
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Way:
    """The whole test, once each way; nothing is audited before it begins."""
    if request.param == "here":
        return Way(f"cli:{getpass.getuser()}", "cli")
    api = Api()
    monkeypatch.setattr(
        settings,
        "BEATWRIGHT",
        settings.BEATWRIGHT | {"scheduler_url": request.getfixturevalue("live_server").url},
    )
    monkeypatch.setattr(
        settings, "BEATWRIGHT", settings.BEATWRIGHT | {"scheduler_token": api.secret}
    )
    AuditEntry.objects.all().delete()
    return Way(api.name, "api")
