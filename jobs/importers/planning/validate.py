"""Whether the jobs of a file make sense: the same checks as for a job typed into the console."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import datetime
from functools import cache

from jobs.access.actor import Actor
from jobs.definition.checking import problems_of
from jobs.definition.fitting import known_pools
from jobs.definition.references import known_secrets
from jobs.errors import DomainError, ScheduleError
from jobs.importers.files.drafts import Draft
from jobs.importers.files.problems import Problem
from jobs.models import Job

SCHEDULE = frozenset({"schedule", "timezone", "day_rule"})
# What may have become wrong without anybody touching the job: its task may be gone.
PERISHABLE = frozenset({"task", "params"})


class Validator:
    """Checks jobs; however many they are, each distinct schedule text is tried once, and the pools
    are read once.

    An export is read back as it was: there a one-off may be over.
    """

    def __init__(self, now: datetime, actor: Actor) -> None:
        self._now = now
        self.actor = actor
        self._schedules: dict[tuple[str, str, str, bool], list[DomainError]] = {}
        self._scratch = Job()
        self._pools = cache(known_pools)
        self._secrets = cache(known_secrets)

    def problems(self, draft: Draft, job: Job, changed: Collection[str]) -> list[Problem]:
        """What is wrong with the job's fields that are named in ``changed``."""
        fields = frozenset(changed)
        found = problems_of(
            job, now=self._now, changed=fields - SCHEDULE, pools=self._pools, secrets=self._secrets
        )
        if not fields.isdisjoint(SCHEDULE):
            found += self._schedule(job, draft.is_export)
        return [draft.problem(error.field, error.message, error.hint) for error in found]

    def perished(self, draft: Draft, tags: list[str]) -> list[Problem]:
        """What is wrong by now with a job that nobody changed, and that has these tags."""
        self._scratch.task, self._scratch.params = draft.values["task"], draft.values["params"]
        self._scratch.tags = tags
        return self.problems(draft, self._scratch, PERISHABLE)

    def _schedule(self, job: Job, is_export: bool) -> list[DomainError]:
        key = (job.schedule, job.timezone, job.day_rule, is_export)
        if key not in self._schedules:
            found = (
                _unreadable(job) if is_export else problems_of(job, now=self._now, changed=SCHEDULE)
            )
            self._schedules[key] = list(found)
        return self._schedules[key]


def _unreadable(job: Job) -> Iterator[DomainError]:
    try:
        job.rule()
    except ScheduleError as error:
        yield error
