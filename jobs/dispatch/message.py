"""The Celery message of a run: it names the task and the run, and carries no params."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from kombu import Producer

from jobs import conf
from jobs.dispatch.brokers.broker import MessageBroker
from jobs.models import Run
from jobs.moments import iso

# The worker's supervision ends the run at the job's own limit; Celery's hard limit is the net
# below.
HARD_LIMIT_MARGIN_SECONDS = 15


def headers_of(run: Run) -> dict[str, Any]:
    """What the worker needs to claim the run; ``publish`` makes every earlier message stale."""
    return {
        "run": str(run.id),
        "publish": run.publish_count,
        "queue": run.queue,
        "scheduled_for": iso(run.scheduled_for),
        "max_retries": run.job.max_retries,
        "backoff": [
            run.job.retry_backoff_seconds,
            run.job.retry_backoff_max_seconds,
            run.job.retry_jitter,
        ],
        "timeout": seconds_allowed(run),
        "memory_limit": run.job.memory_limit_mb,
        "exclusive": run.exclusive,
        "periodic_task_name": run.job.name,
    }


def seconds_allowed(run: Run) -> int | None:
    """How many seconds an attempt may take: as its job says, else the site; None for no limit."""
    return run.job.timeout_seconds or conf.get().default_timeout_seconds or None


def send_runs(broker: MessageBroker, producer: Producer, runs: Iterable[Run]) -> None:
    """Put one message per run into its queue, in the given order; the runs' jobs must be loaded."""
    app = broker.app
    for run in runs:
        limit = seconds_allowed(run)
        message = app.amqp.as_task_v2(
            run.message_id,
            run.task,
            (),
            {},
            retries=run.failures,
            time_limit=limit and limit + HARD_LIMIT_MARGIN_SECONDS,
            ignore_result=False,
            argsrepr="()",
            kwargsrepr="{}",
            create_sent_event=app.conf.task_send_sent_event,
        )
        app.amqp.send_task_message(
            producer,
            run.task,
            message,
            queue=run.queue,
            priority=broker.priority(run.priority),
            headers=headers_of(run),
            retry=False,
            serializer="json",
        )
