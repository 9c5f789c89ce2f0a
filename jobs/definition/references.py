"""Whether a job's params and the secrets they name fit: each secret is there, and is meant for such
a job.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from jobs.errors import DomainError
from jobs.models import Secret
from jobs.models.access.secret import is_for
from jobs.redaction.references import names_in

REFERRING = frozenset({"params", "tags"})

Secrets = Mapping[str, list[str]]


def known_secrets() -> Secrets:
    """One query: the tags of every secret by its name; there are at most 1,000."""
    return dict(Secret.objects.values_list("name", "tags"))


def unfit_references(
    params: Any, tags: list[str], secrets: Callable[[], Secrets]
) -> Iterator[DomainError]:
    """What is wrong with the secrets that are named; ``secrets`` is asked only where one is."""
    names = names_in(params)
    known = secrets() if names else {}
    for name in names:
        if name not in known:
            yield DomainError(f"there is no secret {name[:80]!r}", field="params")
        elif not is_for(known[name], tags):
            meant = ", ".join(known[name])
            yield DomainError(
                f"the secret {name!r} is for jobs with one of the tags: {meant}", field="params"
            )
