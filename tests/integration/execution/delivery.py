"""A pool child without a pool: messages are delivered to Celery's own tracer, in this process."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from celery.app.trace import build_tracer
from django.db.models import F
from django.utils import timezone
from django_celery_results.models import TaskResult

from jobs.dispatch.messages.message import headers_of
from jobs.dispatch.messages.outgoing import outgoing_of
from jobs.lifecycle.message import Message
from jobs.models import Job, Run
from jobs.models.run import rank
from scheduler_site.celery import app
from tests.support.builders import make_job, make_run

HERE = "worker@here"


def published_run(job: Job | None = None, **fields: Any) -> Run:
    """A run whose message is on its way, due since a second ago."""
    due = timezone.now() - timedelta(seconds=1)
    run = make_run(job, **({"available_at": due, "rank_at": rank(due, 0)} | fields))
    return republished(run)


def republished(run: Run) -> Run:
    """The same run with a newer message."""
    Run.objects.filter(pk=run.pk).update(
        published_at=timezone.now(), publish_count=F("publish_count") + 1
    )
    run.refresh_from_db()
    return run


def message_of(run: Run, *, worker: str = HERE) -> Message:
    return Message(run.id, run.publish_count, worker, run.task, run.job.name)


def deliver(run: Run, *, worker: str = HERE) -> None:
    """Hand the run's current message to a worker, which does with it whatever Celery does."""
    task = app.tasks[run.task]
    request = request_of(run, worker=worker)
    build_tracer(task.name, task, hostname=worker, app=app)(run.message_id, [], {}, request)
    run.refresh_from_db()


def request_of(run: Run, *, worker: str = HERE) -> dict[str, Any]:
    """The run's current message, as a pool child is handed it."""
    return {
        "id": run.message_id,
        "task": run.task,
        "hostname": worker,
        "retries": run.failures,
        "ignore_result": False,
        "delivery_info": {},
        "argsrepr": "()",
        "kwargsrepr": "{}",
        "is_eager": False,
        **headers_of(*outgoing_of([run])),
    }


def attempts_of(run: Run) -> list[TaskResult]:
    return list(TaskResult.objects.filter(task_id__startswith=f"{run.id}.").order_by("id"))


def job_for(
    body: Callable[..., Any], *, job: dict[str, Any] | None = None, **task_options: Any
) -> Job:
    """A job whose task is ``body``, registered (bound) for this test."""
    name = f"test.{body.__name__}"
    celery: Any = app  # celery-types knows no options given as a dict
    celery.tasks.pop(name, None)
    celery.task(body, name=name, bind=True, **task_options)
    celery.finalize()
    return make_job(task=name, **(job or {}))


def explode(self: Any) -> None:
    raise ValueError("no such customer\nsecond line")
