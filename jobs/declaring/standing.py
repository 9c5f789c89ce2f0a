"""How a stored job stands to what owns it: where code declares it, and what differs by now."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from jobs.declaring.declaration import Declaration
from jobs.declaring.discovery import Found, discover
from jobs.declaring.documents import documents_of, shown_path
from jobs.definition.fields import BY_NAME
from jobs.importers.files.reading import read_documents
from jobs.importers.planning.diff import differing_values
from jobs.importers.planning.ownership import APPLICATION, CALLS, CODE
from jobs.importers.report import short
from jobs.models import Job

PAUSE = frozenset({"enabled", "paused_by", "paused_reason", "paused_until"})


@dataclass(frozen=True)
class DeclaredAt:
    """``place``: for people. ``differences``: each field that is not as it is declared, and how."""

    place: str
    differences: tuple[str, ...] = ()


def declared_at(job: Job) -> DeclaredAt | None:
    """Where this installation's code declares the job; None for a job that no code owns.

    The answer is this process's: its code may be older or newer than what was synced.
    """
    if not job.source.startswith(CODE):
        return None
    module = job.source.removeprefix(CODE)
    declarations = discover().modules.get(module, [])
    found = [each for each in declarations if job.name in (each.name, each.was)]
    if not found:
        return DeclaredAt(f"{module}, which declares it no longer")
    place = f"{shown_path(found[0])}, line {found[0].line}"
    return DeclaredAt(place, tuple(_differences(job, found[0])))


def what_undoes_edits(job: Job) -> str:
    """Said above the form of a job that a file or code owns; empty for any other."""
    if job.source.startswith(APPLICATION):
        return "The application keeps this job up to date and may undo what you change here."
    if declared := declared_at(job):
        return (
            f"Declared in {declared.place}. The next beatwright sync undoes what you change here."
        )
    if job.source and not job.source.startswith(CALLS):
        return f"Imported from {job.source}. The next import undoes what you change here."
    return ""


def _differences(job: Job, declaration: Declaration) -> Iterator[str]:
    reading = read_documents(documents_of(Found({declaration.module: [declaration]})))
    for draft in reading.drafts:
        for name, value in differing_values(draft, vars(job)).items():
            if name not in PAUSE:
                stored, declared = short(getattr(job, name)), short(value)
                yield f"{BY_NAME[name].label}: {stored}, declared as {declared}"
