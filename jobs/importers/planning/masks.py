"""Masks in a file, as an export writes them: each stands for the secret that is stored in its
place.
"""

from __future__ import annotations

from typing import Any

from jobs.access.actor import Actor, Surface
from jobs.actions.masking import masks
from jobs.actions.masking.references import USE
from jobs.errors import DomainError
from jobs.importers.files.drafts import Draft
from jobs.importers.files.problems import Problem
from jobs.models import Job
from jobs.redaction.references import names_in
from jobs.redaction.restore import has_mask

HELD = ("params", "metadata")


def restore_masks(draft: Draft, stored: dict[str, Any] | None, actor: Actor) -> list[Problem]:
    """Put back what the draft's masks stand for, where ``stored`` is the job that has them; answers
    what is wrong.

    So are secrets that the draft names and the actor may not use.
    """
    sent = {field: draft.values[field] for field in HELD if _holds_secrets(draft.values.get(field))}
    if not sent:
        return []
    known = stored or {}
    job = Job(**{field: known[field] for field in ("task", *HELD) if field in known})
    try:
        kept = masks.keep_secrets(
            job, sent | {"task": draft.values.get("task", job.task)}, actor=_file_of(actor)
        )
    except DomainError as error:
        return [draft.problem(error.field, error.message, error.hint)]
    draft.values |= {field: kept[field] for field in sent}
    return []


def _holds_secrets(value: Any) -> bool:
    return has_mask(value) or bool(names_in(value))


def _file_of(actor: Actor) -> Actor:
    """A file is no person, and what it says is nobody's right to see secrets; to name them is who
    hands it in's.
    """
    return Actor(
        "a schedule file", Surface.IMPORT, frozenset({USE} if actor.may(USE) else ()), actor.tags
    )
