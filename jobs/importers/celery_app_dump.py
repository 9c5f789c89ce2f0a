"""Run in a process of its own: import what the operator named, print its ``beat_schedule`` as JSON.

It knows the standard library and Celery only, as the app's own environment need not have more. The
answer is ``{"entries": {name: entry}, "unreadable": {name: why}, "zone": text}``; an app that
cannot be imported ends it with status 1 and one line on stderr. What the app prints goes to stderr.
"""

from __future__ import annotations

import importlib
import json
import sys
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from celery import schedules

USUAL_NAMES = ("app", "celery", "CELERY_BEAT_SCHEDULE", "CELERYBEAT_SCHEDULE", "beat_schedule")
CRONTAB_FIELDS = ("minute", "hour", "day_of_month", "month_of_year", "day_of_week")


def main(target: str) -> None:
    answer, sys.stdout = sys.stdout, sys.stderr
    try:
        text = json.dumps(dump(load_target(target)))
    except Exception as error:  # noqa: BLE001 - whatever somebody's module raises is told, not shown as ours
        sys.exit(" ".join(f"{type(error).__name__}: {error}".split()))
    answer.write(text)


def load_target(target: str) -> Any:
    """The app, or the mapping, that ``package.module:attribute`` names."""
    module_name, _, attribute = target.partition(":")
    value = importlib.import_module(module_name)
    if not attribute:
        names = [name for name in USUAL_NAMES if hasattr(value, name)]
        if not names:
            raise LookupError(
                f"{module_name} has none of {', '.join(USUAL_NAMES)}: write {module_name}:NAME"
            )
        attribute = names[0]
    for step in attribute.split("."):
        value = getattr(value, step)
    return value


def dump(value: Any) -> dict[str, Any]:
    """The answer for a Celery app, or for a mapping of entries."""
    is_mapping = isinstance(value, Mapping)
    if not is_mapping:
        prepare(value)
    raw = value if is_mapping else value.conf.beat_schedule or {}
    entries, unreadable = {}, {}
    for name, entry in raw.items():
        try:
            entries[str(name)] = dumped_value(entry)
        except TypeError as error:
            unreadable[str(name)] = str(error)
    return {
        "entries": entries,
        "unreadable": unreadable,
        "zone": "" if is_mapping else str(value.timezone),
    }


def prepare(app: Any) -> None:
    """As celery beat does at its start: import the app's modules, whose entries are added then, and
    finalize it.
    """
    app.loader.init_worker()
    app.finalize()


def dumped_value(value: Any) -> Any:
    """The value as JSON has it; raises TypeError."""
    if isinstance(value, schedules.crontab):
        return {
            "crontab": {
                name: dumped_value(getattr(value, f"_orig_{name}")) for name in CRONTAB_FIELDS
            }
        }
    if isinstance(value, schedules.solar):
        return {"solar": []}
    if type(value) is schedules.schedule and not value.relative:
        return dumped_value(value.run_every)  # type: ignore[attr-defined]  # the stubs lack it
    if isinstance(value, timedelta):
        return value.total_seconds()
    if isinstance(value, datetime):
        return value.isoformat()
    return _nested(value)


def _nested(value: Any) -> Any:
    if value is None or isinstance(value, str | int | float):
        return value
    if isinstance(value, Mapping):
        return {str(key): dumped_value(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [dumped_value(item) for item in value]
    if isinstance(value, set | frozenset):
        return sorted(dumped_value(item) for item in value)
    raise TypeError(f"{type(value).__name__} has no JSON form: {value!r:.80}")


if __name__ == "__main__":
    main(sys.argv[1])
