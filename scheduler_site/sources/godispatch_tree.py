"""GoDispatch's configuration file, ``server``, ``redis``, ``worker`` and ``scheduler``, as our
settings.

Its durations are nanoseconds. What has no meaning here is said; a name that it does not have itself
is an error.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any
from urllib.parse import quote

from django.core.exceptions import ImproperlyConfigured

from jobs.errors import did_you_mean

NANOSECONDS = 1_000_000_000
PARTS: Mapping[str, tuple[str, ...]] = {
    "server": ("host", "port", "read_timeout", "write_timeout"),
    "redis": ("address", "password", "db"),
    "worker": ("count", "queue_size", "poll_interval", "max_concurrent"),
    "scheduler": ("max_retries", "default_timeout", "heartbeat_interval", "retry_backoff"),
}
IGNORED = {
    "server.host": "bin/up listens on 127.0.0.1, and a web server of its own where it is told to",
    "server.read_timeout": "requests have limits of their own",
    "server.write_timeout": "requests have limits of their own",
    "worker.poll_interval": "workers do not poll",
}

Tree = Mapping[str, Any]


def is_one(value: Tree) -> bool:
    """Whether it is GoDispatch's: nothing but its parts, each with names of its own."""
    return (
        bool(value)
        and value.keys() <= PARTS.keys()
        and all(isinstance(part, dict) for part in value.values())
    )


def translated(tree: Tree) -> tuple[dict[str, Any], list[str]]:
    """The settings, and what of the file is not read; raises ImproperlyConfigured for what cannot
    be.
    """
    if problems := list(_unknown(tree)):
        raise ImproperlyConfigured(f"CONFIG_FILE: {'; '.join(problems)}")
    flat = {
        f"{part}.{name}": value for part, values in tree.items() for name, value in values.items()
    }
    found: dict[str, Any] = {}
    tuning: dict[str, float] = {}
    for name, (setting, read) in SETTINGS.items():
        if name in flat:
            found[setting] = _read(name, flat[name], read)
    for name, setting in TUNING.items():
        if name in flat:
            tuning[setting] = _read(name, flat[name], _seconds)
    if "redis.address" in flat:
        found["redis_url"] = _redis_url(flat)
    if count := flat.get("worker.max_concurrent") or flat.get("worker.count"):
        found["autoscale"] = f"{_read('worker.count', count, int)},1"
    return found | ({"tuning": tuning} if tuning else {}), list(_notes(flat))


def _read(name: str, value: Any, read: Callable[[Any], Any]) -> Any:
    try:
        return read(value)
    except (TypeError, ValueError):
        raise ImproperlyConfigured(f"CONFIG_FILE: {name} must be a whole number") from None


def _seconds(nanoseconds: Any) -> float:
    return int(nanoseconds) / NANOSECONDS


def _whole_seconds(nanoseconds: Any) -> int:
    """Rounded up: a limit that is shorter than a second is one all the same."""
    return -(-int(nanoseconds) // NANOSECONDS)


def _redis_url(flat: Tree) -> str:
    password = (
        f":{quote(str(flat['redis.password']), safe='')}@" if flat.get("redis.password") else ""
    )
    number = _read("redis.db", flat.get("redis.db") or 0, int)
    return f"redis://{password}{flat['redis.address']}/{number}"


def _unknown(tree: Tree) -> Iterator[str]:
    for part, values in tree.items():
        for name in values:
            if name not in PARTS[part]:
                hint = did_you_mean(str(name), PARTS[part])
                yield f"{part}.{name} is not a setting{f' ({hint})' if hint else ''}"


def _notes(flat: Tree) -> Iterator[str]:
    for name in flat:
        if name in IGNORED:
            yield f"CONFIG_FILE: {name} is not read: {IGNORED[name]}"
    if flat.get("worker.max_concurrent") and flat.get("worker.count"):
        yield (
            "CONFIG_FILE: worker.count is not read beside worker.max_concurrent: a worker "
            "has that many processes"
        )


SETTINGS: Mapping[str, tuple[str, Callable[[Any], Any]]] = {
    "server.port": ("port", int),
    "worker.queue_size": ("publish_window", int),
    "scheduler.max_retries": ("default_max_retries", int),
    "scheduler.default_timeout": ("default_timeout", _whole_seconds),
}
TUNING = {
    "scheduler.heartbeat_interval": "lease_renew_seconds",
    "scheduler.retry_backoff": "retry_base_seconds",
}
