"""systemd's timers: a ``.timer`` file and the ``.service`` that it starts, handed in together,
become one command.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Mapping, Sequence
from pathlib import PurePath
from typing import Any

from jobs import conf
from jobs.errors import DomainError
from jobs.importers.contents.base import NoEntry
from jobs.importers.files.document import Document
from jobs.importers.files.drafts import Draft, Keys
from jobs.importers.files.positions import JsonPath
from jobs.importers.formats.base import Entry, Format
from jobs.importers.formats.crontab import SWITCHED_OFF
from jobs.params.registry import COMMAND
from jobs.schedules import strict_day_rule
from jobs.schedules.oncalendar import cron_of

SPAN = re.compile(r"(\d+(?:\.\d+)?)[ ]*([a-z]*)")
UNITS = {
    "": 1, "s": 1, "sec": 1, "second": 1, "seconds": 1, "m": 60, "min": 60, "minute": 60,
    "minutes": 60, "h": 3600,
    "hr": 3600, "hour": 3600, "hours": 3600, "d": 86_400, "day": 86_400, "days": 86_400,
    "w": 604_800,
    "week": 604_800, "weeks": 604_800,
}  # fmt: skip
ZONE = re.compile(r"(?P<times>.*?)[ ]+(?P<zone>UTC|[A-Za-z_]+/[A-Za-z_/]+)")
YES = frozenset({"1", "yes", "true", "on"})

Values = Mapping[str, Sequence[str]]


class Timer(Entry):
    name: str
    timer: Any
    service: Any

    def draft(self, document: Document, path: JsonPath, keys: Keys) -> Draft:
        timer, service = self.timer, self.service
        text, zone = _times(timer)
        values = {
            "name": self.name,
            "task": COMMAND,
            "params": _params(service),
            "schedule": text,
            "timezone": zone or document.zone,
            "day_rule": strict_day_rule(text),
            "jitter_seconds": _seconds(_one(timer, "RandomizedDelaySec") or "0"),
            "misfire_policy": "latest" if _one(timer, "Persistent").lower() in YES else "skip",
            "overlap_policy": "skip",  # a unit that is active is not started again
            "source": document.source,
        }
        notes = [
            ("params", f"runs as the user of the worker, not as {user}")
            for user in service.get("User", ())
        ]
        if conf.get().allow_commands:
            return Draft(document, path, keys, values, notes=notes)
        return Draft(
            document, path, keys, values, False, {"paused_reason": SWITCHED_OFF}, notes=notes
        )


def entries(
    document: Document, others: Sequence[Document]
) -> Iterator[tuple[JsonPath, Any]] | None:
    """The timer of a unit file, with the service it starts; None when the document is no unit."""
    unit = _unit(document)
    if unit is None:
        return None
    if "Timer" not in unit:
        return iter(())  # a service is started by its timer
    name = PurePath(_one(unit["Timer"], "Unit") or document.stem).stem
    found = [
        each for other in others if other.stem == name and "Service" in (each := _unit(other) or {})
    ]
    if not found:
        hint = f"name {name}.service as well"
        return iter(
            [(("unit", "Timer"), NoEntry("its service is not among the files", hint, name))]
        )
    return iter(
        [
            (
                ("unit", "Timer"),
                {"name": name, "timer": unit["Timer"], "service": found[0]["Service"]},
            )
        ]
    )


def _unit(document: Document) -> dict[str, Any] | None:
    value = document.value
    unit = value.get("unit") if isinstance(value, dict) and len(value) == 1 else None
    return unit if isinstance(unit, dict) else None


def _one(values: Values, name: str) -> str:
    """The value of a setting that has one, the last; empty where it has none."""
    return [*values.get(name, ()), ""][0] if len(values.get(name, ())) < 2 else values[name][-1]


def _times(timer: Values) -> tuple[str, str]:
    calendars = timer.get("OnCalendar", ())
    others = [
        name for name in timer if name.startswith("On") and name != "OnCalendar" and timer[name]
    ]
    if len(calendars) == 1 and not others:
        found = ZONE.fullmatch(calendars[0])
        text = cron_of(found["times"] if found else calendars[0])
        if text is None:
            raise DomainError(
                f"{calendars[0][:60]} has no cron text that means the same", field="schedule"
            )
        return text, found["zone"] if found else ""
    if (
        not calendars
        and set(others) <= {"OnUnitActiveSec", "OnBootSec", "OnActiveSec"}
        and timer.get("OnUnitActiveSec")
    ):
        return f"@every {_seconds(_one(timer, 'OnUnitActiveSec'))}s", "UTC"
    hint = "one OnCalendar, or OnUnitActiveSec, is read"
    raise DomainError(
        f"has {', '.join([*(['several OnCalendar'] if calendars else []), *others]) or 'no times'}",
        field="schedule",
        hint=hint,
    )


def _params(service: Values) -> dict[str, Any]:
    commands = service.get("ExecStart", ())
    if len(commands) != 1 or "%" in commands[0]:
        raise DomainError(
            "one ExecStart without % is read", field="params", hint="make the job by hand"
        )
    argv = shlex.split(commands[0].lstrip("@:+!"))
    if not argv or argv[0].startswith("-"):
        raise DomainError(
            "an ExecStart whose failure counts as success is not read", field="params"
        )
    env = dict(
        pair.split("=", 1)
        for text in service.get("Environment", ())
        for pair in shlex.split(text)
        if "=" in pair
    )
    folder = _one(service, "WorkingDirectory")
    if service.get("EnvironmentFile"):
        raise DomainError(
            "an EnvironmentFile is not read", field="params", hint="write its variables out"
        )
    return {"argv": argv} | ({"env": env} if env else {}) | ({"cwd": folder} if folder else {})


def _seconds(text: str) -> int:
    parts = SPAN.findall(text.lower())
    if not parts or any(unit not in UNITS for _, unit in parts):
        raise DomainError(
            f"{text[:40]} is no span of seconds, minutes, hours, days or weeks", field="schedule"
        )
    return round(sum(float(number) * UNITS[unit] for number, unit in parts))


def _name(members: Mapping[str, Any], document: Document) -> str:
    return str(members.get("name", ""))


KEYS: Keys = {
    "schedule": ("OnCalendar",),
    "timezone": ("OnCalendar",),
    "jitter_seconds": ("RandomizedDelaySec",),
}
SYSTEMD = Format("systemd", Timer, KEYS, _name, forgiving=False)
