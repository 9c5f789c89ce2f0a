"""The form of log lines: without secrets, and for LOG_FORMAT=json as objects, with what they are
about as fields.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, MutableMapping
from datetime import UTC, datetime
from typing import Any

import structlog
from celery import signals

from jobs.logs import context
from jobs.moments import iso

Event = MutableMapping[str, Any]
# What libraries attach to their records and no reader of a line needs.
DROPPED = ("data", "request", "server_time")


def say_notes(notes: Iterable[str]) -> None:
    """What was set and is not read, in every process that reads settings."""
    for note in notes:
        logging.getLogger("scheduler_site.config").warning(note)


class Redacted(logging.Formatter):
    """Another formatter's lines without the secrets of what this process works on, and without what
    looks like one.
    """

    def __init__(self, inner: logging.Formatter) -> None:
        super().__init__()
        self.inner = inner

    def format(self, record: logging.LogRecord) -> str:
        return context.redactor().text(self.inner.format(record))


def text_formatter(layout: str) -> logging.Formatter:
    """``layout`` as in the standard library's logging."""
    return Redacted(logging.Formatter(layout))


def json_formatter() -> logging.Formatter:
    """For any handler of the standard library's logging."""
    return Redacted(_as_json())


def _as_json() -> logging.Formatter:
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[
            structlog.stdlib.add_log_level,
            structlog.stdlib.add_logger_name,
            structlog.stdlib.ExtraAdder(),
            _of_the_record,
            _about,
        ],
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.format_exc_info,
            structlog.processors.EventRenamer("message"),
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
    )


def follow_celery(log_format: str) -> None:
    """Celery sets up handlers of its own in workers and schedulers: give these the same form, or
    redactor theirs.
    """
    form = _to_json if log_format == "json" else _redactor
    signals.after_setup_logger.connect(form, dispatch_uid="scheduler_site.logs")
    signals.after_setup_task_logger.connect(form, dispatch_uid="scheduler_site.logs.task")


def _to_json(logger: logging.Logger, **_: object) -> None:
    for handler in logger.handlers:
        handler.setFormatter(json_formatter())


def _redactor(logger: logging.Logger, **_: object) -> None:
    for handler in logger.handlers:
        if not isinstance(handler.formatter, Redacted):
            handler.setFormatter(Redacted(handler.formatter or logging.Formatter()))


def _of_the_record(_: Any, __: str, event: Event) -> Event:
    record: logging.LogRecord = event["_record"]
    event["time"] = iso(datetime.fromtimestamp(record.created, UTC), "milliseconds")
    event["pid"] = record.process
    return event


def _about(_: Any, __: str, event: Event) -> Event:
    """What the line itself says of its run comes first, then what this process works on, then
    Celery's own words.
    """
    celery = event.get("data")
    for name in DROPPED:
        event.pop(name, None)
    fields = _of_message(celery) if isinstance(celery, dict) else {}
    for name, value in (fields | context.bound()).items():
        event.setdefault(name, value)
    return event


def _of_message(data: dict[str, Any]) -> dict[str, str]:
    """Celery names the task and the message's id, which is the run's with the number of its
    publishing.
    """
    run_id, dot, _ = str(data.get("id", "")).partition(".")
    return {"task": str(data.get("name", ""))} | ({"run_id": run_id} if dot else {})
