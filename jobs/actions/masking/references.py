"""References to secrets in what somebody saves or runs: who may name a secret, and where.

A secret goes where the params send it. So whoever names one needs the right to use it; who has not
may leave a reference where it stands, as long as the task and the address stay, as with a mask.
"""

from __future__ import annotations

from typing import Any

from jobs.access.actor import Actor
from jobs.access.roles import granted_by
from jobs.access.visible import visible_secrets
from jobs.definition.references import known_secrets, unfit_references
from jobs.errors import DomainError
from jobs.models import Job
from jobs.params.registry import suggest
from jobs.redaction.references import names_in, references_in

USE = "beatwright.use_secret"


def refuse_taken(sent: Any, stored: Any, *, actor: Actor, moves: bool) -> None:
    """Raise DomainError for a secret that the actor may not use and that is named in another place
    than before.

    ``moves``: the params go to another task or address than before, and so does every secret in
    them.
    """
    before = [] if moves else [(path, names_in(found)) for path, found in references_in(stored)]
    placed = [(path, names_in(found)) for path, found in references_in(sent)]
    if named := sorted({name for place in placed if place not in before for name in place[1]}):
        usable = (
            list(visible_secrets(actor).values_list("name", flat=True)) if actor.may(USE) else []
        )
        if beyond := next((name for name in named if name not in usable), None):
            raise _refusal(beyond, usable, actor)


def refuse_unfit(job: Job, params: Any = None) -> None:
    """Raise DomainError for a secret that there is not, or that is not for this job; ``params``:
    those of one run.
    """
    for problem in unfit_references(
        job.params if params is None else params, job.tags, known_secrets
    ):
        raise problem


def _refusal(name: str, usable: list[str], actor: Actor) -> DomainError:
    """The same whether there is no such secret or it is another's: nobody finds out names by
    guessing.
    """
    if not actor.may(USE):
        roles = " or ".join(granted_by(USE))
        return DomainError(
            f"you do not have permission to use the secret {name[:80]!r} here",
            field="params",
            hint=f"{USE} comes with the role {roles}",
        )
    close = suggest(name, usable)
    hint = (
        f"did you mean {close!r}?"
        if close
        else "create secrets with manage.py secret set or on the Secrets page"
    )
    return DomainError(
        f"there is no secret {name[:80]!r} that you can use", field="params", hint=hint
    )
