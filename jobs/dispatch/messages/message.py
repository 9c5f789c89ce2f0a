"""The Celery message of a run: it names the run and its task, and carries no params."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from kombu import Producer

from jobs import conf
from jobs.dispatch.brokers.broker import MessageBroker
from jobs.dispatch.messages.outgoing import Limits, Outgoing
from jobs.dispatch.messages.ready_made import send_ready_made
from jobs.dispatch.messages.wire import WIRE_TASK, prefixed
from jobs.moments import iso

# The worker's supervision ends the run at the job's own limit; Celery's hard limit is the net
# below.
HARD_LIMIT_MARGIN_SECONDS = 15


def headers_of(run: Outgoing) -> dict[str, Any]:
    """What the worker needs to claim the run; ``publish`` makes every earlier message stale."""
    limits = run.limits
    told = {
        "task": run.task,
        "run": str(run.id),
        "publish": run.publish_count,
        "queue": run.queue,
        "scheduled_for": iso(run.scheduled_for),
        "max_retries": limits.max_retries,
        "backoff": [
            limits.retry_backoff_seconds,
            limits.retry_backoff_max_seconds,
            limits.retry_jitter,
        ],
        "timeout": seconds_allowed(limits),
        "memory_limit": limits.memory_limit_mb,
        "exclusive": run.exclusive,
    }
    return prefixed(told) | {"periodic_task_name": run.job_name}


def seconds_allowed(limits: Limits) -> int | None:
    """How many seconds an attempt may take: as its job says, else the site; None for no limit."""
    return limits.timeout_seconds or conf.get().default_timeout_seconds or None


def send_runs(broker: MessageBroker, runs: Sequence[Outgoing]) -> None:
    """Put one message per run into its queue, in the given order.

    Raises one of BROKER_ERRORS; some may be out then.
    """
    with broker.batch_producer(len(runs)) as producer:
        rest = send_ready_made(broker, producer, runs, by_kombu) if broker.is_redis else runs
        by_kombu(broker, producer, rest)


def by_kombu(broker: MessageBroker, producer: Producer, runs: Iterable[Outgoing]) -> None:
    """The same, as Celery and kombu do it for any broker and any listener of their signals."""
    app = broker.app
    for run in runs:
        limit = seconds_allowed(run.limits)
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
            headers=headers_of(run) | {"task": WIRE_TASK},
            retry=False,
            serializer="json",
        )
