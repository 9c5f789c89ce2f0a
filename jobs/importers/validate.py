"""Whether the jobs of a file make sense: the same checks as for a job typed into the console."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import datetime
from typing import cast

from django.db.models import CharField

from jobs.actions.checking import problems_of
from jobs.dispatch.limits import UNSTORABLE, TooMuch, encoded
from jobs.errors import DomainError, ScheduleError
from jobs.importers.drafts import Draft
from jobs.importers.problems import Problem
from jobs.models import Job

SCHEDULE = frozenset({"schedule", "timezone"})
# What may have become wrong without anybody touching the job: its task may be gone.
PERISHABLE = frozenset({"task", "params"})
TEXTS = {
    name: cast("CharField[str, str]", Job._meta.get_field(name)).max_length
    for name in ("description", "owner", "pool", "source", "paused_by", "paused_reason")
}
NESTS = ("tags", "metadata")


class Validator:
    """Checks jobs; each distinct schedule text is tried once, however many jobs have it.

    An export is read back as it was: there a one-off may be over.
    """

    def __init__(self, now: datetime) -> None:
        self._now = now
        self._schedules: dict[tuple[str, str, bool], list[DomainError]] = {}
        self._scratch = Job()

    def problems(self, draft: Draft, job: Job, changed: Collection[str]) -> list[Problem]:
        """What is wrong with the job's fields that are named in ``changed``."""
        fields = frozenset(changed)
        found = problems_of(job, now=self._now, changed=fields - SCHEDULE)
        if not fields.isdisjoint(SCHEDULE):
            found += self._schedule(job, draft.is_export)
        found += _unstorable(job, fields)
        return [draft.problem(error.field, error.message, error.hint) for error in found]

    def perished(self, draft: Draft) -> list[Problem]:
        """What is wrong by now with a job that nobody changed."""
        self._scratch.task, self._scratch.params = draft.values["task"], draft.values["params"]
        return self.problems(draft, self._scratch, PERISHABLE)

    def _schedule(self, job: Job, is_export: bool) -> list[DomainError]:
        key = (job.schedule, job.timezone, is_export)
        if key not in self._schedules:
            found = _unreadable(job) if is_export else problems_of(job, now=self._now, changed=SCHEDULE)
            self._schedules[key] = list(found)
        return self._schedules[key]


def _unreadable(job: Job) -> Iterator[DomainError]:
    try:
        job.rule()
    except ScheduleError as error:
        yield error


def _unstorable(job: Job, fields: Collection[str]) -> Iterator[DomainError]:
    """What no database column of ours could hold."""
    for name, longest in TEXTS.items():
        if name in fields:
            yield from _unfit_text(name, getattr(job, name), longest)
    for name in NESTS:
        if name in fields and getattr(job, name):
            yield from _too_much(name, getattr(job, name))


def _unfit_text(name: str, text: str, longest: int | None) -> Iterator[DomainError]:
    if longest is not None and len(text) > longest:
        yield DomainError(f"must have at most {longest} characters", field=name)
    elif UNSTORABLE.search(text):
        yield DomainError("holds a character that cannot be stored", field=name)


def _too_much(name: str, value: object) -> Iterator[DomainError]:
    try:
        encoded({name: value})
    except TooMuch as error:
        yield DomainError(error.problem[1], field=name)
