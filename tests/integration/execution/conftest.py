from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from celery.worker import state

from jobs.execution.outcome import capture, settle
from jobs.execution.outcome.capture import RunLogHandler
from jobs.execution.outcome.settle import OutcomeWriter
from jobs.execution.supervision import dead_children, in_flight
from jobs.params import registry
from tests.integration.execution.pool import Pool
from tests.support.configured import configured


@pytest.fixture(scope="session", autouse=True)
def tasks_imported() -> None:
    """As a worker does when it starts."""
    registry.registered()


@pytest.fixture
def captured() -> Iterator[None]:
    """Log capture as in a pool child, taken away again."""
    loggers = [logging.getLogger(name) for name in capture.LOGGERS]
    before = [
        (logger, logger.level, [(handler, handler.level) for handler in logger.handlers])
        for logger in loggers
    ]
    capture.capture_logs()
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
def outcome_writer(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[OutcomeWriter]:
    """This process as a worker's main process, with a spool of its own."""
    outcome_writer = OutcomeWriter()
    outcome_writer.take_post()
    for module in (settle, in_flight, dead_children):
        monkeypatch.setattr(module, "outcome_writer", outcome_writer)
    with configured(spool_dir=str(tmp_path)):
        yield outcome_writer
        outcome_writer.dismiss()
