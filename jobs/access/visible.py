"""What an actor sees: the one place where reading is narrowed to the tags somebody is limited
to.
"""

from __future__ import annotations

from typing import Any

from django.db.models import BooleanField, F, Func, Q, QuerySet, Value

from jobs.access.actor import Actor
from jobs.models import (
    Alert,
    AlertQuerySet,
    AuditEntry,
    Backfill,
    BulkOperation,
    Job,
    Notice,
    Run,
    Secret,
)
from jobs.models.job import JobQuerySet
from jobs.models.run import RunQuerySet

Compiled = tuple[str, tuple[str | int, ...]]


def visible_jobs(actor: Actor) -> JobQuerySet:
    """The jobs within the actor's reach, archived ones too; all of them, at no cost, for whom no
    tags limit.
    """
    jobs: JobQuerySet = Job.objects.all()
    return jobs if actor.tags is None else jobs.filter(_carries("tags", actor.tags))


def visible_runs(actor: Actor) -> RunQuerySet:
    """The runs of those jobs."""
    runs: RunQuerySet = Run.objects.all()
    return runs if actor.tags is None else runs.filter(_carries("job__tags", actor.tags))


def visible_backfills(actor: Actor) -> QuerySet[Backfill]:
    """The backfills of those jobs."""
    backfills = Backfill.objects.all()
    return backfills if actor.tags is None else backfills.filter(_carries("job__tags", actor.tags))


def visible_bulk_operations(actor: Actor) -> QuerySet[BulkOperation]:
    """All of them; for whom tags limit, their own alone, as the others' may name jobs out of their
    reach.

    What a limited token sees is what came with that token, not what else its owner has begun.
    """
    operations = BulkOperation.objects.all()
    if actor.tags is None:
        return operations
    return operations.filter(created_by=actor.name, rights__token=actor.token)


def visible_alerts(actor: Actor) -> AlertQuerySet:
    """The alerts about those jobs, and about none."""
    alerts = Alert.objects.all()
    return (
        alerts
        if actor.tags is None
        else alerts.filter(Q(job=None) | Q(_carries("job__tags", actor.tags)))
    )


def visible_notices(actor: Actor) -> QuerySet[Notice]:
    """The notices about those jobs, and about none."""
    notices = Notice.objects.all()
    return (
        notices
        if actor.tags is None
        else notices.filter(Q(job=None) | Q(_carries("job__tags", actor.tags)))
    )


def visible_entries(actor: Actor) -> QuerySet[AuditEntry]:
    """The audit of those jobs; entries about no job are for people whom no tags limit."""
    entries = AuditEntry.objects.all()
    return (
        entries
        if actor.tags is None
        else entries.filter(job_id__in=visible_jobs(actor).values("pk"))
    )


def visible_secrets(actor: Actor) -> QuerySet[Secret]:
    """The secrets that are the actor's to see: all of them, or those that carry one of their
    tags.
    """
    secrets = Secret.objects.all()
    return secrets if actor.tags is None else secrets.filter(_carries("tags", actor.tags))


class Carries(Func):
    """Whether a field that holds a JSON list of words has one of these among them."""

    output_field = BooleanField()

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> Compiled:
        return self._compiled(
            compiler, "EXISTS (SELECT 1 FROM json_each({field}) WHERE value IN ({words}))"
        )

    def as_postgresql(self, compiler: Any, connection: Any, **context: Any) -> Compiled:
        return self._compiled(compiler, "{field} ?| ARRAY[{words}]::text[]")

    def _compiled(self, compiler: Any, template: str) -> Compiled:
        parts = [compiler.compile(part) for part in self.get_source_expressions()]
        (field, _), *words = parts
        sql = template.format(field=field, words=", ".join(word for word, _ in words))
        return sql, tuple(value for _, values in parts for value in values)


def _carries(field: str, tags: frozenset[str]) -> Carries:
    return Carries(F(field), *map(Value, sorted(tags)))
