"""The shape of an answer to "why not?": reasons in plain sentences, the most decisive first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from jobs.models import Run
from jobs.moments import iso, stamp


@dataclass(frozen=True)
class Reason:
    """One reason: a code for programs, a sentence for people, when it began, when it ends, and
    plain JSON facts.
    """

    code: str
    sentence: str
    since: datetime | None = None
    until: datetime | None = None
    facts: dict[str, Any] = field(default_factory=dict)

    def of_run(self, run: Run) -> Reason:
        """The same reason, told about a job: it names the run that it is about."""
        return replace(
            self, sentence=f"Run {run.pk}: {self.sentence}", facts={"run": str(run.pk)} | self.facts
        )

    def fields(self) -> dict[str, Any]:
        """As JSON values."""
        return {
            "code": self.code,
            "sentence": self.sentence,
            "since": iso(self.since),
            "until": iso(self.until),
            "facts": self.facts,
        }


@dataclass(frozen=True)
class Explanation:
    """Every reason that applies, at least one; the first is the one to act on."""

    reasons: Sequence[Reason]

    @property
    def code(self) -> str:
        return self.reasons[0].code

    @property
    def sentence(self) -> str:
        return self.reasons[0].sentence

    @property
    def since(self) -> datetime | None:
        return self.reasons[0].since

    @property
    def until(self) -> datetime | None:
        return self.reasons[0].until

    @property
    def facts(self) -> dict[str, Any]:
        return self.reasons[0].facts

    def fields(self) -> dict[str, Any]:
        """As JSON values: the first reason's fields, and all reasons under ``reasons``."""
        return self.reasons[0].fields() | {"reasons": [reason.fields() for reason in self.reasons]}


def by_whom(actor: str, reason: str, since: datetime | None, until: datetime | None) -> str:
    """How a pause goes on: `` (by ana, since …, until …): db move.``, as far as it is known."""
    parts = (("by", actor), ("since", since and stamp(since)), ("until", until and stamp(until)))
    known = ", ".join(f"{word} {value}" for word, value in parts if value)
    told = f" ({known})" if known else ""
    return f"{told}: {reason.rstrip('.')}." if reason else f"{told}."
