"""RedBeat's entries, from the Redis in which it keeps them: read as a ``beat_schedule``."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from redis import Redis
from redis.exceptions import RedisError

from jobs.importers.contents.base import Hints, NoEntry
from jobs.importers.files.document import NOTHING_TOLD, Document
from jobs.importers.files.problems import UnreadableFile
from jobs.importers.systems.answers import MOST_JOBS, Answered

SECONDS = 30
PREFIX = "redbeat:"
TYPES = ("crontab", "interval")
FIELDS = ("minute", "hour", "day_of_week", "day_of_month", "month_of_year")
KEPT = ("task", "args", "kwargs", "options", "enabled")


def read_redbeat(url: str, told: Hints = NOTHING_TOLD) -> Document:
    """The entries under the prefix ``redbeat:`` of the Redis at ``url``; ``#prefix`` names another.

    Raises UnreadableFile.
    """
    address, _, prefix = url.partition("#")
    try:
        # A socket has another name in Celery's URLs.
        target = address.replace("redis+socket://", "unix://", 1).replace("virtual_host=", "db=", 1)
        with Redis.from_url(
            target, socket_timeout=SECONDS, socket_connect_timeout=SECONDS
        ) as client:
            entries = dict(_entries(client, prefix or PREFIX))
    except (RedisError, ValueError) as error:
        raise UnreadableFile(f"does not answer: {error}") from None
    source = f"redbeat {address.rpartition('@')[2].rpartition('//')[2]}"
    return Document(source, source=source, told=told, content=Answered({"beat_schedule": entries}))


def _entries(client: Redis, prefix: str) -> Iterator[tuple[str, Any]]:
    # Of its own keys, such as its lock, all have a second colon.
    pattern = prefix.replace("*", r"\*").replace("?", r"\?").replace("[", r"\[") + "[^:]*"
    for count, key in enumerate(client.scan_iter(match=pattern, count=1000, _type="hash")):
        if count >= MOST_JOBS:
            raise UnreadableFile(f"has more than {MOST_JOBS:,} entries")
        text = client.hget(key, "definition")
        if text is not None:
            yield _entry(_decoded(key).removeprefix(prefix), text)


def _entry(name: str, text: Any) -> tuple[str, Any]:
    try:
        definition = json.loads(text)
        schedule = definition["schedule"]
        kind = schedule["__type__"]
    except (ValueError, TypeError, KeyError):
        return name, NoEntry("its definition is not one of RedBeat's", name=name)
    if kind not in TYPES:
        return name, NoEntry(
            f"a schedule of the kind {kind!s:.40} is not read", "make it a crontab", name
        )
    if kind == "interval" and schedule.get("relative"):
        return name, NoEntry(
            "an interval that is relative to the clock is not read", "make it a crontab", name
        )
    when = (
        schedule.get("every")
        if kind == "interval"
        else {"crontab": {field: schedule[field] for field in FIELDS if field in schedule}}
    )
    kept = {field: definition[field] for field in KEPT if definition.get(field) is not None}
    return str(definition.get("name") or name), kept | {"schedule": when}


def _decoded(key: Any) -> str:
    return key.decode(errors="replace") if isinstance(key, bytes) else str(key)
