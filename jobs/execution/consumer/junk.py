"""Messages that are none: whoever reaches the broker can leave anything in a queue, and a worker
has to live with it.

To kombu and Celery it is an error of their own, at which the consumer ends: text that is no JSON,
an object without a delivery tag, headers of the wrong types.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import partial
from queue import Empty
from typing import Any

from celery import bootsteps
from celery.worker import state
from kombu.transport import redis
from kombu.transport.virtual import Message

from jobs.execution.consumer.refusals import Doorkeeper

logger = logging.getLogger(__name__)

SHOWN = 200
ODD = (ValueError, TypeError, KeyError, AttributeError, IndexError, RecursionError)


class Count:
    """How many this process has passed over since it started."""

    total = 0


def passed_over(what: object, error: Exception) -> None:
    """Count it, and say so without its content: it may be somebody's secret that went astray."""
    Count.total += 1
    told = f"{type(what).__name__} of {len(str(what)):,} characters"
    logger.error(
        "passed over what is no message (%s, number %d): %s: %s",
        told,
        Count.total,
        type(error).__name__,
        str(error)[:SHOWN],
    )


class MessageOrNothing(Message):
    """A message of kombu's; making one of anything else is as if the queue had been empty."""

    def __init__(self, payload: Any, channel: Any = None, **options: Any) -> None:
        try:
            super().__init__(payload, channel=channel, **options)
            _check(self)
        except ODD as error:
            passed_over(payload, error)
            raise Empty from error


def _check(message: Any) -> None:
    """Raise for what kombu and Celery would meet later, each at another place."""
    where = message.delivery_info
    texts = (message.delivery_tag, where["exchange"], where["routing_key"])
    if not isinstance(message.headers, dict) or not all(isinstance(text, str) for text in texts):
        raise TypeError("headers, delivery tag and delivery_info are not as kombu writes them")


class Junk(bootsteps.Step):
    """Set before the consumer connects for the first time."""

    def __init__(self, consumer: Any, **_: Any) -> None:
        super().__init__(consumer)
        consumer.create_task_handler = partial(
            _careful, consumer.create_task_handler, Doorkeeper(consumer)
        )
        worker = consumer.controller
        if not isinstance(worker._process_task, partial):
            worker._process_task = partial(_processed, worker._process_task, worker)
        redis.Channel.Message = MessageOrNothing
        transport: Any = redis  # its stubs know nothing of what it imports
        if not isinstance(transport.loads, partial):
            transport.loads = partial(_loaded, transport.loads)


def _loaded(kombus_own: Callable[[str], Any], text: str) -> Any:
    try:
        return kombus_own(text)
    except (ValueError, RecursionError) as error:
        passed_over(text, error)
        raise Empty from error


def _careful(
    celerys_own: Callable[..., Any], door: Doorkeeper, *arguments: Any, **options: Any
) -> Callable[[Any], Any]:
    handle = celerys_own(*arguments, **options)

    def on_message(message: Any) -> Any:
        try:
            return handle(message) if _is_let_in(message, door) else None
        except ODD as error:
            _pass_over(message, error)
            return None

    return on_message


def _is_let_in(message: Any, door: Doorkeeper) -> bool:
    try:
        return door.lets_in(message)
    except Exception as error:  # noqa: BLE001  # what decoders and decompressors raise is beyond listing
        _pass_over(message, error)
        return False


def _pass_over(message: Any, error: Exception) -> None:
    passed_over(message.body, error)
    message.reject_log_error(logger, ())


def _processed(celerys_own: Callable[[Any], Any], worker: Any, request: Any) -> Any:
    """A request that cannot be given to a child gives its slot back, which was taken before."""
    try:
        return celerys_own(request)
    except ODD as error:
        passed_over(request.body, error)
        worker._quick_release()
        request.reject(requeue=False)
        state.task_ready(request)
        return None
