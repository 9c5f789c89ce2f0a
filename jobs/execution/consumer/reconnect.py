"""A worker's patience with a broker that is away: it asks again every two seconds, for ever.

Celery's own waits grow to half a minute, and so the runs would wait on when the broker is long
back; after a hundred tries it gives up (CELERY_BROKER_CONNECTION_MAX_RETRIES).
"""

from __future__ import annotations

import logging
from functools import partial
from typing import Any

from celery import bootsteps
from celery.exceptions import WorkerShutdown

from jobs.dispatch.brokers.declared import refused_queue
from jobs.execution.consumer.pool_watch import tend

logger = logging.getLogger(__name__)

FIRST_SECONDS, STEP_SECONDS, MOST_SECONDS = 0.5, 0.5, 2.0


class Reconnect(bootsteps.Step):
    """Set before the consumer connects for the first time, which a step's start would be too late
    for.
    """

    def __init__(self, consumer: Any, **_: Any) -> None:
        super().__init__(consumer)
        consumer.ensure_connected = partial(_ensure_connected, consumer, consumer.ensure_connected)
        consumer.on_connection_error_after_connected = partial(
            _give_up_connection, consumer.on_connection_error_after_connected
        )


def _ensure_connected(consumer: Any, celerys_own: Any, connection: Any) -> Any:
    connection.ensure_connection = partial(
        _tending,
        consumer,
        connection.ensure_connection,
        interval_start=FIRST_SECONDS,
        interval_step=STEP_SECONDS,
        interval_max=MOST_SECONDS,
    )
    return celerys_own(connection)


def _tending(
    consumer: Any,
    kombus_own: Any,
    errback: Any = None,
    max_retries: Any = None,
    *,
    callback: Any = None,
    **waits: Any,
) -> Any:
    """What the event loop does at each turn goes on while the main thread waits here: kombu calls
    back every second.
    """

    def turn() -> None:
        tend(consumer.pool)
        if callback:
            callback()

    return kombus_own(errback, max_retries, callback=turn, **waits)


def _give_up_connection(celerys_own: Any, error: Exception) -> None:
    """Closing a broken connection may itself break in kombu (issue 582): no reason for the worker
    to end.

    A queue that RabbitMQ refuses is one: it would be refused for ever. Raises WorkerShutdown.
    """
    if advice := refused_queue(error):
        logger.critical("%s", advice)
        raise WorkerShutdown(1)
    try:
        celerys_own(error)
    except Exception:
        logger.warning("a broken connection to the broker could not be closed", exc_info=True)
