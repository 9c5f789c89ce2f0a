"""The flags that set a job's fields, shared by ``job create`` and ``job update``."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from collections.abc import Callable
from typing import Any

from jobs.errors import DomainError
from jobs.models import Job, MisfirePolicy, OverlapPolicy
from jobs.moments import read_moment


def whole_number(text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise ValueError("must be a whole number") from None


def yes_or_no(text: str) -> bool:
    if text.lower() not in {"true", "false"}:
        raise ValueError("must be true or false")
    return text.lower() == "true"


def priority(text: str) -> int:
    """A whole number, or one of the words low, normal, high, critical."""
    word = Job.PRIORITY_WORDS.get(text.lower())
    return whole_number(text) if word is None else word


def json_value(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError as error:
        raise ValueError(f"must be JSON: {error}") from None


def words(text: str) -> list[str]:
    return [word.strip() for word in text.split(",") if word.strip()]


# flag -> (field, reader, help)
FLAGS: dict[str, tuple[str, Callable[[str], Any], str]] = {
    "--task": ("task", str, "the registered name of the task"),
    "--params": ("params", json_value, "the task's arguments, a JSON object"),
    "--schedule": ("schedule", str, "when: cron, @every 5m, a date-time, RRULE:… or @manual"),
    "--cron": ("schedule", str, "the same as --schedule"),
    "--timezone": ("timezone", str, "the zone in which the schedule is read"),
    "--description": ("description", str, "what the job is for"),
    "--queue": ("queue", str, "the queue its runs wait in"),
    "--pool": ("pool", str, "the pool its runs draw on"),
    "--resources": ("resources", json_value, "what a run takes of it, a JSON object of cpu, memory, storage"),
    "--priority": ("priority", priority, "a number, larger first, or low, normal, high, critical"),
    "--starts-at": ("starts_at", read_moment, "no occurrence before this moment"),
    "--ends-at": ("ends_at", read_moment, "no occurrence after this moment"),
    "--jitter": ("jitter_seconds", whole_number, "spread the start over so many seconds"),
    "--max-retries": ("max_retries", whole_number, "retries after a failure"),
    "--retry-backoff": ("retry_backoff_seconds", whole_number, "seconds before the first retry, doubled each time"),
    "--retry-backoff-max": ("retry_backoff_max_seconds", whole_number, "the longest wait before a retry"),
    "--misfire": ("misfire_policy", str, f"for missed occurrences: {', '.join(MisfirePolicy.values)}"),
    "--misfire-window": ("misfire_window_seconds", whole_number, "how many seconds back missed ones may still run"),
    "--overlap": ("overlap_policy", str, f"while an earlier run is not over: {', '.join(OverlapPolicy.values)}"),
    "--timeout": ("timeout_seconds", whole_number, "end a run after so many seconds"),
    "--memory-limit": ("memory_limit_mb", whole_number, "end a run that uses more than so many megabytes"),
    "--fresh-process": ("fresh_process", yes_or_no, "true: no other run follows in the process of one; or false"),
    "--retention-days": ("retention_days", whole_number, "keep finished runs so many days"),
    "--tags": ("tags", words, "words separated by commas"),
    "--metadata": ("metadata", json_value, "a JSON object of your own"),
    "--owner": ("owner", str, "whom to ask about it"),
}


def add_flags(parser: ArgumentParser) -> None:
    for flag, (field, _, text) in FLAGS.items():
        parser.add_argument(flag, dest=f"set_{field}", metavar=field.upper(), help=text)


def values_from(options: dict[str, Any]) -> dict[str, Any]:
    """The fields that were given, read; raises DomainError naming the field of one that cannot be read."""
    values = {}
    for field, reader, _ in FLAGS.values():
        if (text := options.get(f"set_{field}")) is None:
            continue
        try:
            values[field] = reader(text)
        except ValueError as error:
            raise DomainError(str(error), field=field) from error
    return values
