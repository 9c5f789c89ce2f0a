from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest

from jobs.execution import capture
from jobs.execution.capture import RunLogHandler


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
