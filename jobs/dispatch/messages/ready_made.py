"""Messages for Redis made from a pattern, several times as fast as Celery and kombu make them one
by one.

For each kind of message (task, queue, priority, limits) kombu makes two examples, whose commands to
Redis are recorded instead of sent. The first becomes the pattern: its text with gaps. The second is
then made from the pattern, and must be what kombu has made, seal and event included. Where it is
not, or where somebody listens to Celery's signals of each message, messages go kombu's way. See
docs/adr/0033.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from celery import signals
from celery.utils.nodenames import anon_nodename
from kombu import Producer

from jobs.dispatch.brokers.amqp import message_keys
from jobs.dispatch.brokers.broker import MessageBroker
from jobs.dispatch.messages.learning import ByKombu, pattern_of
from jobs.dispatch.messages.outgoing import Outgoing
from jobs.dispatch.messages.pattern import MessageKind, Pattern

PER_MESSAGE = (signals.before_task_publish, signals.after_task_publish, signals.task_sent)


def send_ready_made(
    broker: MessageBroker, producer: Producer, runs: Sequence[Outgoing], by_kombu: ByKombu
) -> Sequence[Outgoing]:
    """Send what can be made so in one exchange with Redis, in the given order; return those left to
    kombu.
    """
    if any(signal.receivers for signal in PER_MESSAGE):
        return runs
    rest: list[Outgoing] = []
    lists: dict[str, list[str]] = defaultdict(list)
    sent: dict[Pattern, list[Outgoing]] = defaultdict(list)
    key, origin = message_keys()[0], anon_nodename()
    patterns: dict[tuple[Any, ...], Pattern | None] = {}
    for run in runs:
        alike = run.task, run.queue, run.priority, run.exclusive, run.limits
        if alike not in patterns:
            patterns[alike] = pattern_of(
                MessageKind(origin, key, *alike), broker, producer, by_kombu
            )
        pattern = patterns[alike]
        if pattern is None:
            rest.append(run)
        else:
            lists[pattern.list].append(pattern.message(run))
            sent[pattern].append(run)
    _push(producer, lists, _events(broker.app, sent))
    return rest


def _push(
    producer: Producer, lists: Mapping[str, list[str]], events: Iterator[tuple[str, str]]
) -> None:
    channel: Any = producer.channel
    with channel.conn_or_acquire() as client, client.pipeline(transaction=False) as pipeline:
        for name, texts in lists.items():
            pipeline.lpush(name, *texts)
        for topic, payload in events:
            pipeline.publish(topic, payload)
        pipeline.execute()


def _events(app: Any, sent: Mapping[Pattern, Sequence[Outgoing]]) -> Iterator[tuple[str, str]]:
    for pattern, runs in sent.items():
        if event := pattern.event:
            yield event.many(event.one(run, app.clock.forward()) for run in runs)
