"""A plan that a person looked at: whether it is still the same, and which part of it they want."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from jobs.importers.planning.plan import Change, Plan
from jobs.importers.report import dumped


@dataclass(frozen=True)
class ChosenJobs:
    """``names``: the jobs that were ticked; None: all that are new or changed, and with ``pauses``
    the absent ones.
    """

    names: frozenset[str] | None = None
    pauses: bool = False

    def of(self, plan: Plan) -> Plan:
        """The plan with the chosen changes alone."""
        if self.names is None:
            return replace(plan, gone=plan.gone if self.pauses else [])
        return replace(
            plan,
            new=self._ticked(plan.new),
            changed=self._ticked(plan.changed),
            gone=self._ticked(plan.gone),
        )

    def _ticked(self, changes: list[Change]) -> list[Change]:
        return [change for change in changes if change.job.name in (self.names or ())]


def fingerprint(plan: Plan) -> str:
    """The same for two plans that say the same to whoever reads them; when a job fires next does
    not count.
    """
    digest = hashlib.sha256()
    for part in _parts(plan):
        digest.update(dumped(part).encode())
    return digest.hexdigest()


def _parts(plan: Plan) -> Iterator[Any]:
    for change in plan.changes:
        yield [change.kind, change.job.name, change.job.enabled, change.fields]
    yield [problem.as_dict() for problem in plan.problems]
