"""From files to drafts: everything that can be said of them without asking the database."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence

from jobs.importers.celery_app import read_app
from jobs.importers.contents.base import Hints, Remark
from jobs.importers.files.detect import entries_of
from jobs.importers.files.document import NOTHING_TOLD, Document, read
from jobs.importers.files.drafts import Draft, Reading
from jobs.importers.files.problems import Problem, UnreadableFile
from jobs.importers.formats.base import EntryReading, read_entry

Asked = tuple[str, Callable[[str, Hints], Document]]


def read_files(
    paths: Iterable[str | os.PathLike[str] | Asked],
    told: Hints = NOTHING_TOLD,
    *,
    apps: Iterable[str] = (),
) -> Reading:
    """Read files, Celery apps, and what is asked by a reader of its own, such as a system that
    runs.

    One that cannot be read is a problem, and the others are read all the same.
    """
    problems, documents = [], []
    named: list[Asked] = [
        path if isinstance(path, tuple) else (os.fspath(path), read) for path in paths
    ]
    named += ((app, read_app) for app in apps)
    for name, reader in named:
        try:
            documents.append(reader(name, told))
        except UnreadableFile as error:
            problems.append(unreadable(name, error))
    reading = read_documents(documents)
    reading.problems[:0] = problems
    return reading


def read_documents(documents: Sequence[Document]) -> Reading:
    """Read documents that are at hand already."""
    reading = Reading()
    for document in documents:
        try:
            add_document(reading, document, documents)
        except UnreadableFile as error:
            reading.problems.append(unreadable(document.name, error))
    _refuse_doubles(reading)
    return reading


def unreadable(name: str, error: UnreadableFile) -> Problem:
    return Problem(name, error.line, error.column, "", "", "", error.message, error.hint)


def add_document(reading: Reading, document: Document, together: Sequence[Document] = ()) -> None:
    """Add what one file says; raises UnreadableFile when it holds no list of jobs."""
    file_format, entries = entries_of(
        document, [other for other in together if other is not document]
    )
    names = reading.names.setdefault(document.source, set())
    is_complete = True
    for path, raw in entries:
        entry = read_entry(file_format, document, path, raw)
        _add(reading, entry)
        is_complete &= bool(entry.name) or not entry.problems
        names.add(entry.name)
    if file_format.of_the_machine:
        reading.warnings.append(_zone(document))
    reading.warnings += [_remark(document, remark) for remark in document.remarks]
    if is_complete:
        reading.complete[document.source] = document.name


def _zone(document: Document) -> Problem:
    """What a file's times are taken for that were its machine's."""
    message = f"names no time zone; its times are read in {document.zone_told}"
    return Problem(document.name, 0, 0, "", "", "", message, "--timezone sets another one")


def _remark(document: Document, remark: Remark) -> Problem:
    return Problem(document.name, remark.line, 1, "", "", "", remark.message, remark.hint)


def _add(reading: Reading, entry: EntryReading) -> None:
    reading.problems += entry.problems
    reading.warnings += entry.warnings
    if entry.draft is not None:
        reading.drafts.append(entry.draft)


def _refuse_doubles(reading: Reading) -> None:
    """Of drafts with the same name none stays: nobody can tell which was meant."""
    first: dict[str, Draft] = {}
    doubles = set()
    for draft in reading.drafts:
        earlier = first.setdefault(draft.name, draft)
        if earlier is not draft:
            doubles.add(draft.name)
            line, _ = earlier.document.position(earlier.path)
            message = f"this name is taken by the job in {earlier.document.name}, line {line}"
            reading.problems.append(draft.problem("name", message))
    reading.drafts = [draft for draft in reading.drafts if draft.name not in doubles]
