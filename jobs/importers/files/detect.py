"""Which format a file has, and where in it the jobs are: its content decides, never its name."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from jobs.errors import did_you_mean
from jobs.importers.files.document import Document
from jobs.importers.files.positions import JsonPath
from jobs.importers.files.problems import UnreadableFile
from jobs.importers.formats import beat_schedule, kubernetes, periodic_task, ruby_schedules, systemd
from jobs.importers.formats.base import Format
from jobs.importers.formats.crontab import CRONTAB
from jobs.importers.formats.dts_go import DTS_GO
from jobs.importers.formats.gsched import GSCHED
from jobs.importers.formats.native import FORMAT, NATIVE
from jobs.importers.formats.taskmanager import TASKMANAGER
from jobs.importers.formats.typed_tasks import TYPED_TASKS

SAMPLE = 100
# Told apart by the keys of their entries; first come, first served where two know as many of them.
FORMATS = (NATIVE, GSCHED, TASKMANAGER, TYPED_TASKS, DTS_GO)
LISTS = ("jobs", "tasks")
OWN_MEMBERS = ("$schema", "format", "jobs")  # the first is for editors
# Known by the shape of the whole.
BY_SHAPE = (
    (kubernetes.KUBERNETES, kubernetes.entries),
    (ruby_schedules.RUBY_SCHEDULES, ruby_schedules.entries),
)

Entries = Iterable[tuple[JsonPath, Any]]


def entries_of(document: Document, others: Sequence[Document] = ()) -> tuple[Format, Entries]:
    """The file's format, and the path and content of each of its jobs; raises UnreadableFile.

    ``others`` were handed in with it: a dump may be spread over several files.
    """
    value = document.value
    if document.kind == "crontab":
        return CRONTAB, _numbered(value)
    if (entries := periodic_task.entries(value, (other.value for other in others))) is not None:
        return periodic_task.PERIODIC_TASK, entries
    if (entries := beat_schedule.entries(value)) is not None:
        return beat_schedule.BEAT_SCHEDULE, entries
    if (entries := systemd.entries(document, others)) is not None:
        return systemd.SYSTEMD, entries
    if found_by_shape := _by_shape(value):
        return found_by_shape
    if isinstance(value, list):
        return _format_of(value), _numbered(value)
    keys = list(value) if isinstance(value, dict) else []
    found = [key for key in keys if key.casefold() in LISTS and isinstance(value[key], list)]
    if not found:
        raise _no_schedule_file(document)
    entries = value[found[0]]
    _refuse_part(document, value, len(entries))
    return _declared(document, value) or _format_of(entries), _numbered(entries, found[0])


def _by_shape(value: Any) -> tuple[Format, Entries] | None:
    for shaped, entries_in in BY_SHAPE:
        if (entries := entries_in(value)) is not None:
            return shaped, entries
    return None


def _refuse_part(document: Document, value: dict[str, Any], count: int) -> None:
    """Raise UnreadableFile for one page of a longer list."""
    total = value.get("total")
    if (
        value.get("next_page")
        or value.get("nextPage")
        or (isinstance(total, int) and total > count)
    ):
        line, column = document.position(("total",))
        hint = "take all pages, or let import_schedule ask: --from-url, --from-grpc"
        raise UnreadableFile(
            f"holds {count:,} of the jobs of a longer list", line=line, column=column, hint=hint
        )


def _refuse_unknown_members(document: Document, value: dict[str, Any]) -> None:
    """Raise UnreadableFile for a key of a file of ours that says nothing."""
    for key in value:
        if key not in OWN_MEMBERS:
            line, column = document.position((key,))
            hint = did_you_mean(key, OWN_MEMBERS) or f"known: {', '.join(OWN_MEMBERS)}"
            raise UnreadableFile(
                f"has a key that is not known: {key!r}", line=line, column=column, hint=hint
            )


def _numbered(entries: list[Any], *above: str) -> Iterator[tuple[JsonPath, Any]]:
    return (((*above, number), raw) for number, raw in enumerate(entries))


def _no_schedule_file(document: Document) -> UnreadableFile:
    line, column = document.position(("jobs",))
    hint = 'wanted: {"jobs": […]}, {"beat_schedule": {…}}, or an array of jobs'
    return UnreadableFile("is not a schedule file", line=line, column=column, hint=hint)


def _declared(document: Document, value: dict[str, Any]) -> Format | None:
    if "format" not in value:
        return None
    if value["format"] != FORMAT:
        line, column = document.position(("format",))
        raise UnreadableFile(
            f"has a format that is not known: {value['format']!r}",
            line=line,
            column=column,
            hint=f"known: {FORMAT!r}",
        )
    _refuse_unknown_members(document, value)
    return NATIVE


def _format_of(entries: list[Any]) -> Format:
    """The format that knows the most of the first entries' keys."""
    keys = [
        key.casefold() for entry in entries[:SAMPLE] if isinstance(entry, dict) for key in entry
    ]
    return max(FORMATS, key=lambda file_format: _known(file_format, keys))


def _known(file_format: Format, keys: list[str]) -> int:
    known = {key.casefold() for key in file_format.known_keys}
    return sum(key in known for key in keys)
