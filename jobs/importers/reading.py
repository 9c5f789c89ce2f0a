"""From files to drafts: everything that can be said of them without asking the database."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence

from jobs.importers.detect import entries_of
from jobs.importers.document import Document, read
from jobs.importers.drafts import Draft, Reading
from jobs.importers.formats.base import EntryReading, read_entry
from jobs.importers.problems import Problem, UnreadableFile


def read_files(paths: Iterable[str | os.PathLike[str]]) -> Reading:
    """Read the files; one that cannot be read is a problem, and the others are read all the same."""
    reading = Reading()
    for path in paths:
        try:
            add_document(reading, read(path))
        except UnreadableFile as error:
            reading.problems.append(unreadable(os.fspath(path), error))
    _refuse_doubles(reading)
    return reading


def read_documents(documents: Sequence[Document]) -> Reading:
    """Read documents that are at hand already."""
    reading = Reading()
    for document in documents:
        try:
            add_document(reading, document)
        except UnreadableFile as error:
            reading.problems.append(unreadable(document.name, error))
    _refuse_doubles(reading)
    return reading


def unreadable(name: str, error: UnreadableFile) -> Problem:
    return Problem(name, error.line, error.column, "", "", "", error.message, error.hint)


def add_document(reading: Reading, document: Document) -> None:
    """Add what one file says; raises UnreadableFile when it holds no list of jobs."""
    file_format, path, entries = entries_of(document)
    names = reading.names.setdefault(document.source, set())
    is_complete = True
    for number, raw in enumerate(entries):
        entry = read_entry(file_format, document, (*path, number), raw)
        _add(reading, entry)
        is_complete &= bool(entry.name)
        names.add(entry.name)
    if is_complete:
        reading.complete[document.source] = document.name


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
