"""RabbitMQ fixes what a queue is when it is first declared: one from before priorities is refused
ever after.

Nobody can change such a queue; it must go, and what says so names the queue and the command.
"""

from __future__ import annotations

import re

from amqp.exceptions import PreconditionFailed
from celery import Celery

from jobs.dispatch.brokers.choice import choice_of, impatient, is_rabbitmq
from jobs.dispatch.brokers.levels import TOP

ADVICE = (
    "RabbitMQ has the queue {name!r} with other arguments than x-max-priority={top}, which "
    "cannot be"
    " changed ({told}). Delete it: rabbitmqctl delete_queue {name}. It is created again, and the"
    " messages of runs that were in it are sent again automatically; those of plain tasks are lost."
)


def refused_queue(error: BaseException) -> str:
    """What to do about a queue that RabbitMQ refuses to declare; empty where ``error`` is another
    one.
    """
    if not isinstance(error, PreconditionFailed):
        return ""
    named = re.search(r"for queue '([^']*)'", error.reply_text or "")
    return ADVICE.format(name=named[1], top=TOP, told=error.reply_text) if named else ""


def advice_on(app: Celery, queue: str) -> str:
    """The same, found out by declaring it on a connection of its own; empty where all is well.

    Raises BROKER_ERRORS.
    """
    url = choice_of(app).current()
    if not is_rabbitmq(url):
        return ""
    with impatient(app, url) as connection:
        try:
            app.amqp.queues[queue](connection.default_channel).declare()
        except PreconditionFailed as error:
            return refused_queue(error) or str(error)
    return ""
