from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from celery.worker import state
from django.test import override_settings

from jobs.dispatch import registry
from jobs.execution import capture, dead_children, hands, settle
from jobs.execution.capture import RunLogHandler
from jobs.execution.settle import Clerk
from tests.integration.execution.pool import Pool


@pytest.fixture(scope="session", autouse=True)
def tasks_imported() -> None:
    """As a worker does when it starts."""
    registry.registered()


@pytest.fixture
def captured() -> Iterator[None]:
    """Log capture as in a pool child, taken away again."""
    loggers = [logging.getLogger(name) for name in capture.LOGGERS]
    before = [(logger, logger.level, [(handler, handler.level) for handler in logger.handlers]) for logger in loggers]
    capture.install()
    yield
    for logger, level, handlers in before:
        logger.setLevel(level)
        for ours in [handler for handler in logger.handlers if isinstance(handler, RunLogHandler)]:
            logger.removeHandler(ours)
        for handler, handler_level in handlers:
            handler.setLevel(handler_level)


@pytest.fixture
def pool() -> Iterator[Pool]:
    """Child processes; the main process's hands are empty before and after."""
    celerys: Any = state
    celerys.reset_state()
    pool = Pool()
    yield pool
    pool.close()
    celerys.reset_state()


@pytest.fixture
def clerk(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Clerk]:
    """This process as a worker's main process, with a spool of its own."""
    clerk = Clerk()
    clerk.take_post()
    for module in (settle, hands, dead_children):
        monkeypatch.setattr(module, "clerk", clerk)
    with override_settings(JOBS={"spool_dir": str(tmp_path)}):
        yield clerk
        clerk.dismiss()
