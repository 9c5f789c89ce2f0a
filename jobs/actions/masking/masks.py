"""Masks that come back with what somebody saves or runs: each stands for the secret that is stored
in its place.

That holds as long as the secret goes where it went before. Who may not see it cannot hand it to
another task, nor have it sent to another address, and read it there: they write it anew, and so
show that they know it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from jobs.access.actor import Actor
from jobs.actions.masking.references import refuse_taken
from jobs.errors import DomainError
from jobs.models import Job
from jobs.redaction.keys import is_secret, words_of
from jobs.redaction.redactor import Redactor, masked, metadata_redactor, redactor_of
from jobs.redaction.references import names_in
from jobs.redaction.restore import has_mask, restored

DESTINATIONS = frozenset(
    {
        "url", "uri", "link", "webhook", "endpoint", "host", "hostname", "server", "address",
        "domain", "port", "proxy",
        "to", "cc", "bcc", "recipient", "recipients", "command", "argv", "script",
    }
)  # fmt: skip


STAY = "hidden secrets stay with the task and address that they were entered for"


def keep_secrets(job: Job, values: dict[str, Any], *, actor: Actor) -> dict[str, Any]:
    """The field values that a job is to get, without masks; raises DomainError."""
    moves = values.get("task", job.task) != job.task
    if moves and "params" not in values:
        stay_hidden(job.params, actor=actor, moves=moves)
    kept = dict(values)
    if "params" in values:
        kept["params"] = keep_params(values["params"], job.params, actor=actor, moves=moves)
    if "metadata" in values:
        kept["metadata"] = _without_masks(
            values["metadata"], job.metadata, "metadata", metadata_redactor(vars(job))
        )
    return kept


def keep_params(sent: Any, stored: Any, *, actor: Actor, moves: bool = False) -> Any:
    """Params without masks, ``stored`` being what they were shown from; ``moves``: they are another
    task's now.
    """
    if not has_mask(sent):
        _refuse_taken(sent, stored, actor=actor, moves=moves)
        return sent
    kept = _without_masks(sent, stored, "params", redactor_of(stored))
    _refuse_taken(kept, stored, actor=actor, moves=moves)
    stay_hidden(stored, actor=actor, moves=moves or _lead_elsewhere(kept, stored))
    return kept


def _refuse_taken(sent: Any, stored: Any, *, actor: Actor, moves: bool) -> None:
    if names_in(sent):
        refuse_taken(sent, stored, actor=actor, moves=moves or _lead_elsewhere(sent, stored))


def _lead_elsewhere(params: Any, stored: Any) -> bool:
    return list(_destinations(params)) != list(_destinations(stored))


def stay_hidden(params: Any, *, actor: Actor, moves: bool) -> None:
    """Raise DomainError where secrets would move that the actor may not see, or, referred to, may
    not use.
    """
    if moves:
        refuse_taken(params, params, actor=actor, moves=moves)
    if moves and not actor.may("beatwright.view_secret") and masked(params) != params:
        hint = "enter the secrets again, or ask someone who has beatwright.view_secret"
        raise DomainError(STAY, field="params", hint=hint)


def _without_masks(sent: Any, stored: Any, field: str, redactor: Redactor) -> Any:
    kept = restored(sent, stored, redactor)
    if has_mask(kept):
        hint = "enter the secret itself; a mask stands only for the value stored in the same place"
        raise DomainError(
            "contains a mask that does not stand for a stored secret", field=field, hint=hint
        )
    return kept


def _destinations(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[tuple[Any, ...], Any]]:
    """Where a task is told to go: what stands under keys such as ``url`` or ``smtpHost``, in the
    order of the keys.
    """
    items = (
        sorted(value.items())
        if isinstance(value, dict)
        else enumerate(value)
        if isinstance(value, list)
        else ()
    )
    for key, item in items:
        if (
            isinstance(key, str)
            and not is_secret(key)
            and not DESTINATIONS.isdisjoint(words_of(key))
        ):
            yield (*path, key), item
        else:
            yield from _destinations(item, (*path, key))
