"""Forty values that no job may have, each with the field whose error must name it.

``value`` is as typed in a form.
"""

from __future__ import annotations

import json
from typing import Any

GOOD: dict[str, str] = {
    "name": "good", "task": "LogTask", "schedule": "30 2 * * *", "timezone": "UTC",
    "params": '{"message": "hello"}', "queue": "default", "priority": "0", "jitter_seconds": "0",
    "misfire_policy": "latest", "misfire_window_seconds": "86400",
}  # fmt: skip
BAD: tuple[tuple[str, str], ...] = (
    ("name", ""),
    ("name", "n" * 201),
    ("name", "bell\x07"),
    ("task", "NoSuchTask"),
    ("task", "os.system"),
    ("task", ""),
    ("schedule", ""),
    ("schedule", "99 * * * *"),
    ("schedule", "* * * *"),
    ("schedule", "31 2 30 2 *"),
    ("schedule", "1--100000000 * * * *"),
    ("schedule", "*/0 * * * *"),
    ("schedule", "5-1 * * * *"),
    ("schedule", "0 0 15W * *"),
    ("schedule", "* * * * * * *"),
    ("schedule", "@reboot"),
    ("schedule", "@every 0s"),
    ("schedule", "@every soon"),
    ("schedule", "RRULE:FREQ=NEVER"),
    ("schedule", "2027-02-30T00:00:00Z"),
    ("schedule", "2020-01-01T00:00:00Z"),
    ("schedule", "at half past two ½"),
    ("schedule", "0 0 * * " + "1," * 300),
    ("timezone", "Europe/Berlni"),
    ("timezone", "../../etc/passwd"),
    ("params", "[]"),
    ("params", '{"message": 1}'),
    ("params", "{}"),
    ("params", '{"message": "hello", "nope": 1}'),
    ("params", '{"message": "' + "x" * 70_000 + '"}'),
    ("params", '{"message": "half a pair \\ud800"}'),
    ("params", '{"message": ' + "[" * 30 + "]" * 30 + "}"),
    ("starts_at", "yesterday"),
    ("ends_at", "2027-02-30T00:00"),
    ("queue", "two words"),
    ("priority", "urgent"),
    ("priority", "1001"),
    ("jitter_seconds", "-1"),
    ("max_retries", "-1"),
    ("misfire_policy", "sometimes"),
)
WHOLE = {"priority", "jitter_seconds", "max_retries", "misfire_window_seconds"}
# What DTS-Go's messages call them; they have no other field, and an empty one means nothing there.
MESSAGE = {
    "name": "name",
    "schedule": "cron_expression",
    "task": "metadata.task",
    "params": "metadata.params",
}


def as_body(field: str, value: str) -> dict[str, Any]:
    """What is posted to ``jobs/`` to make a job with this value."""
    return {name: _typed(name, text) for name, text in (GOOD | {field: value}).items()}


def as_file(field: str, value: str) -> str:
    """A schedule file that holds one job with this value."""
    return json.dumps({"format": "beatwright/1", "jobs": [as_body(field, value)]})


def has_message(field: str, value: str) -> bool:
    """Whether a CreateJobRequest can carry this value."""
    return field in MESSAGE and value != ""


def as_message(field: str, value: str) -> dict[str, Any]:
    """The fields of a CreateJobRequest with this value."""
    values = GOOD | {field: value}
    metadata = {"task": values["task"], "params": values["params"]}
    return {"name": values["name"], "cron_expression": values["schedule"], "metadata": metadata}


def _typed(field: str, text: str) -> Any:
    if field == "params":
        return json.loads(text)
    try:
        return int(text) if field in WHOLE else text
    except ValueError:
        return text
