"""Two of Ruby's schedule files in YAML: sidekiq-cron's ``schedule.yml`` and Solid Queue's
``config/recurring.yml``.

Both name their jobs by keys: ``cron`` or ``schedule`` says when, ``class`` what runs. Of the
sections of ``recurring.yml``, an environment each, that of production is read. Times in words are
read where a cron text means the same.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Literal

from pydantic import Field

from jobs.errors import DomainError
from jobs.importers.contents.base import NoEntry
from jobs.importers.files.document import Document
from jobs.importers.files.drafts import Draft, Keys
from jobs.importers.files.positions import JsonPath
from jobs.importers.formats.base import Entry, Format
from jobs.params.checks import by_name

NAME, PRODUCTION = "name", "production"
WHENS, WHATS = {"cron", "schedule"}, {"class", "klass", "command"}
PER_DAY = {"midnight": "0 0", "noon": "0 12"}
EVERY = re.compile(r"every (?:(?P<count>\d+) )?(?P<unit>second|minute|hour|day)s?")
AT = re.compile(
    r"(?:every day )?at (?P<hour>\d{1,2})(?::(?P<minute>\d\d))? ?(?P<half>am|pm)?"
    r"(?: every day)?"
)
UNITS = {"second": ("* * * * * *", 60), "minute": ("* * * * *", 60), "hour": ("0 * * * *", 24)}
ZONE = re.compile(r"(?P<cron>.*\S)\s+(?P<zone>[A-Z][A-Za-z_]+(?:/[\w+-]+)+|UTC)")
SMALLER_FIRST = "was ignored: a smaller one goes first there"
HINT = "write a cron text: minute, hour, day, month, weekday, and a zone behind them"


class RubyJob(Entry):
    name: str
    cron: str = ""
    schedule: str = ""
    class_: str = Field("", alias="class")
    klass: str = ""
    command: str = ""
    args: Any = None
    queue: str = "default"
    description: str = ""
    priority: int = 0
    status: Literal["enabled", "disabled"] = "enabled"

    def draft(self, document: Document, path: JsonPath, keys: Keys) -> Draft:
        if self.command:
            hint = "register a task here that does the same, and name it as the class"
            raise DomainError("is Ruby code", field="command", hint=hint)
        task = (self.class_ or self.klass).rpartition("::")[2]
        text, zone = _when(self.cron or self.schedule)
        values = {
            "name": self.name,
            "task": task,
            "params": self._params(task),
            "schedule": text,
            "timezone": zone or document.zone,
            "queue": self.queue,
            "description": self.description,
            "source": document.source,
        }
        notes = [("priority", SMALLER_FIRST)] if self.priority else []
        enabled = False if self.status == "disabled" else None
        return Draft(document, path, keys, values, enabled, notes=notes)

    def _params(self, task: str) -> dict[str, Any]:
        if isinstance(self.args, dict):
            return self.args
        if self.args is None:
            return {}
        return by_name(task, self.args if isinstance(self.args, list) else [self.args])


def entries(value: Any) -> Iterator[tuple[JsonPath, Any]] | None:
    """The jobs by their keys; None for what is no such file."""
    if not isinstance(value, dict) or not value:
        return None
    if _are_jobs(value):
        return _named(value)
    sections = {name: jobs for name, jobs in value.items() if _are_jobs(jobs)}
    if not sections or len(sections) < len(value):
        return None
    return _of_sections(sections)


def _are_jobs(value: Any) -> bool:
    return isinstance(value, dict) and bool(value) and all(map(_is_job, value.values()))


def _is_job(value: Any) -> bool:
    return isinstance(value, dict) and bool(WHENS & value.keys()) and bool(WHATS & value.keys())


def _of_sections(sections: Mapping[str, Any]) -> Iterator[tuple[JsonPath, Any]]:
    chosen = PRODUCTION if PRODUCTION in sections else next(iter(sections))
    for name, jobs in sections.items():
        if name == chosen:
            yield from _named(jobs, name)
        else:
            told = f"the section {name} was ignored: {chosen} is read"
            yield (name,), NoEntry(told, is_wrong=False)


def _named(jobs: Mapping[str, Any], *above: str) -> Iterator[tuple[JsonPath, Any]]:
    return (((*above, name), {**raw, NAME: name}) for name, raw in jobs.items())


def _when(text: str) -> tuple[str, str]:
    """The cron text and its zone; raises DomainError for words that have none."""
    found = ZONE.fullmatch(text.strip())
    written, zone = (found["cron"], found["zone"]) if found else (text.strip(), "")
    return (written if written[:1] in "*@0123456789" else _of_words(written.lower())), zone


def _of_words(words: str) -> str:
    if found := EVERY.fullmatch(words):
        return _every(int(found["count"] or 1), found["unit"], words)
    if (found := AT.fullmatch(words)) and int(found["hour"]) < 24:
        hour = int(found["hour"])
        if found["half"]:
            hour = hour % 12 + (12 if found["half"] == "pm" else 0)
        return f"{int(found['minute'] or 0)} {hour} * * *"
    noon = PER_DAY.get(words.removeprefix("every day ").removeprefix("at "))
    if noon:
        return f"{noon} * * *"
    raise DomainError(f"{words[:60]} is not read here", field="schedule", hint=HINT)


def _every(count: int, unit: str, words: str) -> str:
    if unit == "day":
        if count == 1:
            return "0 0 * * *"
    elif count and UNITS[unit][1] % count == 0 and count < UNITS[unit][1]:
        text = UNITS[unit][0]
        return text if count == 1 else text.replace("*", f"*/{count}", 1)
    raise DomainError(f"{words[:60]} has no cron text", field="schedule", hint=HINT)


def _name(members: Mapping[str, Any], document: Document) -> str:
    name = members.get(NAME)
    return name if isinstance(name, str) else ""


KEYS: Keys = {
    "name": (),
    "task": ("class",),
    "params": ("args",),
    **{field: (field,) for field in ("command", "queue", "description", "priority")},
    "schedule": ("schedule",),
    "timezone": ("schedule",),
}
RUBY_SCHEDULES = Format("sidekiq-cron or Solid Queue", RubyJob, KEYS, _name, forgiving=False)
