"""Jobs as a schedule file of our own form, in one canonical order, so that two exports can be
compared line by line.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from jobs.definition.field import Place
from jobs.definition.fields import fields_in
from jobs.importers.formats.native import FIELDS, FORMAT, PAUSE_FIELDS
from jobs.models import Job
from jobs.moments import iso
from jobs.redaction.redactor import Redactor, metadata_redactor, redactor_of

# Written even where they have their default: a reader wants to see them.
ALWAYS = ("name", "task", "params", "schedule", "timezone", "source")
CHUNK = 1000

DEFAULTS = {field.name: field.default for field in fields_in(Place.FILES)}


def export_json(redactor: Redactor | None = None) -> Iterator[str]:
    """The text of a schedule file with every job that is not archived, by name, in pieces.

    Secrets are masked: where the jobs are, an import keeps them; elsewhere it needs the file that
    the open ``redactor`` makes.
    """
    jobs = Job.objects.filter(archived_at=None).order_by("name").iterator(chunk_size=CHUNK)
    return schedule_file(_shown(vars(job), redactor) for job in jobs)


def schedule_file(jobs: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    """The same of these jobs' fields.

    Fields that have their default are left out. Every entry says its ``source``, so that an import
    of the file gives each job back to its owner and changes nothing where nothing changed.
    """
    yield f'{{\n  "format": {json.dumps(FORMAT)},\n  "jobs": ['
    separator = "\n"
    for job in jobs:
        yield separator + _indented(_entry(job))
        separator = ",\n"
    yield "\n  ]\n}\n"


def _shown(job: Mapping[str, Any], redactor: Redactor | None) -> dict[str, Any]:
    params, metadata = redactor or redactor_of(job["params"]), redactor or metadata_redactor(job)
    return {**job, "params": params.json(job["params"]), "metadata": metadata.json(job["metadata"])}


def _entry(job: Mapping[str, Any]) -> dict[str, Any]:
    fields = FIELDS if job["enabled"] else (*FIELDS, *PAUSE_FIELDS)
    told = (field for field in fields if field in ALWAYS or job[field] != DEFAULTS[field])
    return {field: _jsonable(job[field]) for field in told}


def _jsonable(value: Any) -> Any:
    if isinstance(value, datetime):
        return iso(value)
    if isinstance(value, dict):
        return {key: _jsonable(value[key]) for key in sorted(value)}
    if isinstance(value, list):
        return [_jsonable(item) for item in value]
    return value


def _indented(entry: dict[str, Any]) -> str:
    text = json.dumps(entry, ensure_ascii=False, indent=2)
    return "\n".join(f"    {line}" for line in text.splitlines())
