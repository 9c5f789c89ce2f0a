"""What our Celery workers do beside running tasks.

Steps are named by path: Django is not ready yet.
"""

from __future__ import annotations

import logging
from typing import Any

from celery import Celery, signals
from celery.concurrency import get_implementation

from jobs.dispatch.brokers.broker import Broker
from jobs.dispatch.brokers.eviction import end_if_evicting
from jobs.execution.consumer import remote_control
from jobs.logs import stream

PREFORK, SOLO = "celery.concurrency.prefork", "celery.concurrency.solo"
logger = logging.getLogger(__name__)
QUEUES_CHOSEN = (
    "queues_chosen"  # set on the worker, which forgets its -Q and -X once it has applied them
)


def add_steps(app: Celery) -> None:
    """Add the worker's steps to the app."""
    app.steps["worker"].add("jobs.execution.supervision.threads:Supervision")
    app.steps["consumer"].add("jobs.execution.consumer.reconnect:Reconnect")
    app.steps["consumer"].add("jobs.execution.consumer.junk:Junk")
    app.steps["consumer"].add("jobs.execution.consumer.broker_watch:BrokerWatch")
    app.steps["consumer"].add("jobs.execution.consumer.queue_follower:QueueFollower")
    app.steps["consumer"].add("jobs.execution.consumer.pool_watch:PoolWatch")
    app.steps["consumer"].add("jobs.execution.consumer.unacknowledged:Holding")
    app.steps["consumer"].add("jobs.execution.consumer.event_batches:EventBatches")
    signals.celeryd_init.connect(_remember_choice, dispatch_uid="jobs.execution.consumer.bootsteps")
    signals.worker_init.connect(
        _limit_remote_control, dispatch_uid="jobs.execution.consumer.remote_control"
    )
    signals.worker_init.connect(
        _believe_no_worker, dispatch_uid="jobs.execution.consumer.bootsteps.gossip"
    )
    signals.worker_init.connect(
        _never_wait_for_a_reader, dispatch_uid="jobs.execution.consumer.bootsteps"
    )
    signals.celeryd_after_setup.connect(_refuse_other_pools, dispatch_uid="jobs.execution.pools")
    signals.celeryd_after_setup.connect(
        _refuse_a_broker_that_evicts, dispatch_uid="jobs.execution.consumer.bootsteps"
    )


def _remember_choice(*, instance: Any, options: dict[str, Any], **_: object) -> None:
    setattr(instance, QUEUES_CHOSEN, bool(options.get("queues") or options.get("exclude_queues")))


def _never_wait_for_a_reader(**_: object) -> None:
    stream.make_patient()


def _believe_no_worker(*, sender: Any, **_: object) -> None:
    """Neither of what others say of themselves nor of what they have revoked: anybody may say it in
    a broker.

    The database knows the workers. Gossip, whose messages a stranger could send, ends a consumer
    that cannot read them.
    """
    sender.options |= {"without_gossip": True, "without_mingle": True}


def _limit_remote_control(**_: object) -> None:
    remote_control.limit()


def _refuse_a_broker_that_evicts(*, instance: Any, **_: object) -> None:
    end_if_evicting(Broker(instance.app))


def _refuse_other_pools(*, instance: Any, **_: object) -> None:
    """Raise SystemExit for a pool in which several bodies share a process: threads, gevent,
    eventlet.
    """
    pool = get_implementation(instance.pool_cls)
    kinds = {each.__module__ for each in pool.__mro__}
    if SOLO in kinds:
        logger.warning("the solo pool is for debugging: no time limit and no cancel ends a body")
    elif PREFORK not in kinds:
        name = pool.__module__.rpartition(".")[2]
        logger.critical(
            "the pool %s cannot be used: a process runs one body at a time here, which is what "
            "logs, time limits and"
            " cancels rely on. Start the worker with --pool prefork (the default), and with "
            "--concurrency for more at"
            " a time.",
            name,
        )
        raise SystemExit(1)
