"""What celery beat would make a row of becomes the job that adopting the row would make."""

from __future__ import annotations

from django_celery_beat.models import PeriodicTask

from jobs.actions.adoption import KEPT_HEADERS, values_of_row
from jobs.importers.contents.base import NoEntry
from jobs.importers.files.document import Document
from jobs.importers.files.drafts import Draft, Keys
from jobs.importers.files.positions import JsonPath

HEADERS = f"are kept in the metadata as {KEPT_HEADERS}: the task does not find them in its request"
CLEAN_UP = "celery.backend_cleanup"


def draft_of(row: PeriodicTask, document: Document, path: JsonPath, keys: Keys) -> Draft:
    """The draft for a row that was not saved; raises DomainError for what a job cannot express."""
    values = values_of_row(row) | {"source": document.source}
    enabled = None if values.pop("enabled") else False
    notes = [("headers", HEADERS)] if KEPT_HEADERS in values["metadata"] else []
    if row.routing_key and not row.queue:
        notes.append(("routing_key", f"was read as the queue {row.routing_key}"))
    return Draft(document, path, keys, values, enabled, is_off=enabled is False, notes=notes)


def passed_over(name: str) -> NoEntry:
    """What is said of celery's own nightly clean-up, which every beat has."""
    message = f"{CLEAN_UP} was ignored: retention is set per job here"
    return NoEntry(message, name=name, is_wrong=False)
