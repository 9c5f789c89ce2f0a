"""Catches what a body logs and prints (Celery redirects its stdout to a logger) into the current
run's log.
"""

from __future__ import annotations

import logging
import threading
from dataclasses import dataclass
from functools import partial

from jobs.execution import current
from jobs.execution.outcome.logs import LINE, STDOUT_LOGGER
from jobs.services import THREAD_PREFIX

OURS = ("jobs.execution", "celery.app.trace", "celery.pool", "celery.worker")
LOGGERS = ("", "celery.task")  # in a worker, celery.task does not propagate to the root


class RunLogHandler(logging.Handler):
    """Lines logged while a body runs, from any thread of it; neither the engine's own nor Celery's
    about the task.
    """

    def __init__(self) -> None:
        super().__init__(logging.INFO)
        self.setFormatter(LINE)

    def filter(self, record: logging.LogRecord) -> bool:
        running = current.current_run()
        if running is None or not running.in_body or record.name.startswith(OURS):
            return False
        return not threading.current_thread().name.startswith(THREAD_PREFIX) and bool(
            super().filter(record)
        )

    def emit(self, record: logging.LogRecord) -> None:
        running = current.current_run()
        if running is None:
            return
        try:
            running.log.write(self.format(record))
        except Exception:  # noqa: BLE001  # a line that cannot be formatted is reported as every handler does
            self.handleError(record)


def capture_logs() -> None:
    """Listen on the loggers that bodies reach; call in a pool child, after Celery has set up
    logging.
    """
    for logger in map(logging.getLogger, LOGGERS):
        if logger.parent is None or not logger.propagate:
            listen(logger)


def listen(logger: logging.Logger) -> None:
    """Add the handler and let INFO through to it; what the worker's own log shows stays as
    ``--loglevel`` says.
    """
    is_new = not any(isinstance(handler, RunLogHandler) for handler in logger.handlers)
    level = logger.getEffectiveLevel()
    if is_new or level > logging.INFO:
        for handler in logger.handlers:
            if not isinstance(handler, RunLogHandler):
                handler.setLevel(max(handler.level, level))
        logger.setLevel(min(level, logging.INFO))
    if is_new:
        logger.addHandler(RunLogHandler())


def stay() -> None:
    """Let no body remove the handlers: whatever sets up logging anew begins with taking away those
    that there are.
    """
    for logger in map(logging.getLogger, LOGGERS):
        logger.removeHandler = partial(_remove_others, logger)  # type: ignore[method-assign]


def _remove_others(logger: logging.Logger, handler: logging.Handler) -> None:
    if not isinstance(handler, RunLogHandler):
        logging.Logger.removeHandler(logger, handler)


@dataclass(frozen=True, slots=True)
class SetUp:
    """How the loggers that matter to every body are set up."""

    loggers: tuple[tuple[logging.Logger, list[logging.Handler], int], ...]

    @classmethod
    def now(cls) -> SetUp:
        loggers = map(logging.getLogger, LOGGERS)
        return cls(tuple((logger, list(logger.handlers), logger.level) for logger in loggers))

    def restore(self) -> None:
        """Undo what a body did to them: the worker's own log goes on, and no logger stays switched
        off.
        """
        for logger, handlers, level in self.loggers:
            if logger.handlers != handlers:
                logger.handlers[:] = handlers
            if logger.level != level:
                logger.setLevel(level)
        if logging.getLogger(
            STDOUT_LOGGER
        ).disabled:  # so are all, if dictConfig was not told otherwise
            for each in logging.root.manager.loggerDict.values():
                if isinstance(each, logging.Logger):
                    each.disabled = False
