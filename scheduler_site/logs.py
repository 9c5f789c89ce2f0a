"""Log lines as JSON objects, one a line, for LOG_FORMAT=json: the same records, with what they are about as fields."""

from __future__ import annotations

import logging
from collections.abc import MutableMapping
from datetime import UTC, datetime
from typing import Any

import structlog
from celery import signals

from jobs import log_context

Event = MutableMapping[str, Any]
# What libraries attach to their records and no reader of a line needs.
DROPPED = ("data", "request", "server_time")


def json_formatter() -> logging.Formatter:
    """For any handler of the standard library's logging."""
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


def use_json() -> None:
    """Celery sets up handlers of its own in workers and schedulers: give these the same form."""
    signals.after_setup_logger.connect(_form, dispatch_uid="scheduler_site.logs")
    signals.after_setup_task_logger.connect(_form, dispatch_uid="scheduler_site.logs.task")


def _form(logger: logging.Logger, **_: object) -> None:
    for handler in logger.handlers:
        handler.setFormatter(json_formatter())


def _of_the_record(_: Any, __: str, event: Event) -> Event:
    record: logging.LogRecord = event["_record"]
    event["time"] = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
    event["pid"] = record.process
    return event


def _about(_: Any, __: str, event: Event) -> Event:
    """What the line itself says of its run comes first, then what this process works on, then Celery's own words."""
    celery = event.get("data")
    for name in DROPPED:
        event.pop(name, None)
    fields = _of_message(celery) if isinstance(celery, dict) else {}
    for name, value in (fields | log_context.bound()).items():
        event.setdefault(name, value)
    return event


def _of_message(data: dict[str, Any]) -> dict[str, str]:
    """Celery names the task and the message's id, which is the run's with the number of its publishing."""
    run_id, dot, _ = str(data.get("id", "")).partition(".")
    return {"task": str(data.get("name", ""))} | ({"run_id": run_id} if dot else {})
