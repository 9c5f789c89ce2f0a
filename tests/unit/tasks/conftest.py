"""What the tests of tasks share: a web server to call and a view of what tasks log."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest
from pytest_django import Settings

from tests.unit.tasks.site import Site, serving


@pytest.fixture
def site() -> Iterator[Site]:
    with serving() as found:
        yield found


@pytest.fixture
def this_machine_allowed(settings: Settings) -> None:
    settings.BEATWRIGHT = settings.BEATWRIGHT | {"http_allow_hosts": ["127.0.0.1"]}


@pytest.fixture
def lines(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> pytest.LogCaptureFixture:
    """What tasks log; their loggers hang below "celery.task", which a worker cuts off from the
    root.
    """
    for name in ("celery", "celery.task"):
        monkeypatch.setattr(logging.getLogger(name), "propagate", True)
    caplog.set_level(logging.DEBUG)
    return caplog
