"""Secrets as people see them: everything but their values.

Which jobs name them, and how often runs had them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Max, QuerySet, Sum

from jobs.access.actor import Actor
from jobs.access.visible import visible_jobs, visible_secrets
from jobs.dispatch.naming import count_naming, jobs_naming
from jobs.errors import SecretNotFound
from jobs.models import Secret, SecretUse
from jobs.queries.fields import json_fields

MOST = 1_000
USES_DAYS = 30
SHOWN = (
    "name", "description", "tags", "version", "created_at", "created_by", "updated_at",
    "updated_by", "rotated_at",
)  # fmt: skip


@dataclass(frozen=True)
class Naming:
    """A job that names the secret."""

    id: str
    name: str


@dataclass(frozen=True)
class SecretUsage:
    """``jobs``: how many unarchived jobs name it.

    ``uses``: how often a run had it in the last 30 days.

    ``used_by``, of one secret alone: those of the jobs that one may see.
    """

    secret: Secret
    jobs: int
    uses: int
    last_used_at: datetime | None
    used_by: list[Naming] = field(default_factory=list)

    def fields(self) -> dict[str, Any]:
        """As plain JSON values, under the names every surface uses."""
        stored = {name: getattr(self.secret, name) for name in SHOWN}
        used = {"last_used_at": self.last_used_at, "uses": self.uses, "jobs": self.jobs}
        return json_fields(stored | used)

    def whole(self) -> dict[str, Any]:
        """The same with the names of the jobs that one may see."""
        return self.fields() | {"used_by": [job.name for job in self.used_by]}


def secret_usages(*, actor: Actor, now: datetime) -> list[SecretUsage]:
    """Every secret that the actor may see, by name: three queries, one of them over the jobs that
    name any.
    """
    secrets = list(visible_secrets(actor).order_by("name").defer("sealed")[:MOST])
    if not secrets:
        return []
    jobs, used = count_naming(), _used(now)
    return [SecretUsage(one, jobs[one.name], *used.get(one.name, (0, None))) for one in secrets]


def secret_usage(name: str, *, actor: Actor, now: datetime) -> SecretUsage:
    """One secret, with the jobs that name it; raises SecretNotFound."""
    secret = find_secret(name, actor=actor)
    jobs = list(jobs_naming(name))
    seen = (
        visible_jobs(actor)
        .filter(pk__in=[job.pk for job in jobs])
        .order_by("name")
        .values_list("pk", "name")
    )
    uses, last = _used(now, SecretUse.objects.filter(secret=secret)).get(name, (0, None))
    return SecretUsage(secret, len(jobs), uses, last, [Naming(str(pk), job) for pk, job in seen])


def find_secret(name: str, *, actor: Actor) -> Secret:
    """The secret of this name, if the actor may see it; raises SecretNotFound."""
    found = (
        visible_secrets(actor).filter(name=name).defer("sealed").first()
        if "\0" not in name
        else None
    )
    if found is None:
        raise SecretNotFound(f"there is no secret {name[:100]!r}", field="secret")
    return found


def _used(
    now: datetime, uses: QuerySet[SecretUse] | None = None
) -> dict[str, tuple[int, datetime | None]]:
    """Secret → how often in the last days, and when last of all."""
    rows = (SecretUse.objects.all() if uses is None else uses).order_by().values("secret")
    last = dict(rows.annotate(last=Max("last_used_at")).values_list("secret", "last"))
    recent = rows.filter(day__gt=(now - timedelta(days=USES_DAYS)).date()).annotate(
        times=Sum("count")
    )
    times = dict(recent.values_list("secret", "times"))
    return {name: (times.get(name, 0), moment) for name, moment in last.items()}
