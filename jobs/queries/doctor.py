"""What is wrong with this installation, and what to do about it: one finding per check."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime

from celery import current_app
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor

from jobs.dispatch import registry
from jobs.dispatch.broker import BROKER_ERRORS, Broker
from jobs.dispatch.clock import database_now
from jobs.models import Job, Leader

ANSWER_SECONDS = 2


@dataclass(frozen=True)
class Finding:
    """One check's answer; ``remedy`` says what to do when it is not ok."""

    check: str
    ok: bool
    detail: str
    remedy: str = ""


def examine() -> list[Finding]:
    """Run every check; without a database only that is said."""
    database = _database()
    if not database.ok:
        return [database]
    return [database, *(finding for check in CHECKS for finding in check())]


def _database() -> Finding:
    try:
        connection.ensure_connection()
        plan = MigrationExecutor(connection)
        pending = plan.migration_plan(plan.loader.graph.leaf_nodes())
    except DatabaseError as error:
        return Finding("database", False, str(error).strip(), "check DATABASE_URL and that the server is up")
    if pending:
        return Finding("database", False, f"{len(pending)} migrations are not applied", "run manage.py migrate")
    return Finding("database", True, f"{connection.vendor}, migrated")


def _broker() -> Iterator[Finding]:
    try:
        with current_app.connection_for_read() as link:
            link.ensure_connection(max_retries=1, timeout=ANSWER_SECONDS)
            yield Finding("broker", True, link.as_uri())
        if Broker(current_app).is_redis:
            yield _eviction(Broker(current_app).eviction_policy())
    except BROKER_ERRORS as error:
        yield Finding("broker", False, str(error), "check CELERY_BROKER_URL or REDIS_URL and that the server is up")


def _eviction(policy: str) -> Finding:
    remedy = "set maxmemory-policy noeviction: any other drops messages silently when memory is short"
    if not policy:
        return Finding("redis eviction", True, "cannot be read here; it must be noeviction")
    return Finding("redis eviction", policy == "noeviction", f"maxmemory-policy {policy}", remedy)


def _scheduler() -> Iterator[Finding]:
    leader = Leader.objects.first()
    remedy = "start one: celery -A scheduler_site beat"
    if leader is None:
        yield Finding("scheduler", False, "no scheduler has ever run", remedy)
        return
    silent = (database_now() - leader.expires_at).total_seconds()
    detail = f"led by {leader.holder}" if silent < 0 else f"silent since {_stamp(leader.expires_at)}"
    yield Finding("scheduler", silent < 0, detail, remedy)


def _workers() -> Iterator[Finding]:
    try:
        queues = current_app.control.inspect(timeout=ANSWER_SECONDS).active_queues() or {}
    except BROKER_ERRORS:
        return
    remedy = "start one: celery -A scheduler_site worker"
    yield Finding("workers", bool(queues), f"{len(queues)} answer", remedy)
    consumed = {queue["name"] for names in queues.values() for queue in names}
    for queue in sorted(set(Job.objects.unarchived().values_list("queue", flat=True).distinct()) - consumed):
        yield Finding(f"queue {queue}", False, "no worker consumes it", f"start a worker with -Q {queue}")


def _jobs() -> Iterator[Finding]:
    for job in Job.objects.unarchived().exclude(state__schedule_error="").select_related("state")[:20]:
        yield Finding(f"job {job.name}", False, job.state.schedule_error, "mend its schedule and save it")
    unknown = Job.objects.unarchived().exclude(task__in=list(registry.registered()))
    for job in unknown.order_by("name")[:20]:
        yield Finding(
            f"job {job.name}", False, f"its task {job.task!r} is not registered", "deploy the task or edit it"
        )


def _stamp(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%SZ}"


CHECKS: tuple[Callable[[], Iterator[Finding]], ...] = (_broker, _scheduler, _workers, _jobs)
