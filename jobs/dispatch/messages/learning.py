"""How a pattern is learnt: from one message that kombu makes, and compared with another one."""

from __future__ import annotations

import base64
import json
import logging
import uuid
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Any

from kombu import Producer

from jobs.dispatch.brokers.broker import MessageBroker
from jobs.dispatch.messages.outgoing import Outgoing
from jobs.dispatch.messages.pattern import Commands, MessageKind, Pattern, UnfitMessage

logger = logging.getLogger(__name__)

ByKombu = Callable[[MessageBroker, Producer, Iterable[Outgoing]], None]
KINDS_KEPT = 4_096
EARLY, LATE = (
    datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC),
    datetime(2027, 6, 7, 8, 9, 10, 11, tzinfo=UTC),
)

_known: dict[MessageKind, Pattern | None] = {}


def pattern_of(
    kind: MessageKind, broker: MessageBroker, producer: Producer, by_kombu: ByKombu
) -> Pattern | None:
    """None where kombu has to make these messages itself. Raises one of BROKER_ERRORS: kombu
    declares the queue.
    """
    try:
        return _known[kind]
    except KeyError:
        pass
    if len(_known) >= KINDS_KEPT:
        _known.clear()
    _known[kind] = pattern = _learnt(kind, broker, producer, by_kombu)
    return pattern


def _learnt(
    kind: MessageKind, broker: MessageBroker, producer: Producer, by_kombu: ByKombu
) -> Pattern | None:
    one, other = examples(kind)
    try:
        pattern = Pattern(kind, _recorded(broker, producer, one, by_kombu))
        _compare(pattern, other, _recorded(broker, producer, other, by_kombu))
    except (UnfitMessage, LookupError, ValueError, TypeError) as error:
        logger.warning(
            "messages of %s to the queue %s are made one by one: %s", kind.task, kind.queue, error
        )
        return None
    return pattern


def examples(kind: MessageKind) -> tuple[Outgoing, Outgoing]:
    """Two runs of the kind that differ in all that may differ."""
    alike = {
        "queue": kind.queue,
        "priority": kind.priority,
        "task": kind.task,
        "exclusive": kind.exclusive,
    }
    one: Any = {"publish_count": 1, "scheduled_for": EARLY, "failures": 0, "job_name": "one"}
    other: Any = {
        "publish_count": 23,
        "scheduled_for": LATE,
        "failures": 45,
        "job_name": 'the "other" 100 % \\ ü\n',
    }
    return tuple(  # type: ignore[return-value]  # two of them
        Outgoing(id=uuid.uuid4(), attempt=0, trigger="", limits=kind.limits, **alike, **differing)  # type: ignore[arg-type]
        for differing in (one, other)
    )


def _compare(pattern: Pattern, run: Outgoing, commands: Commands) -> None:
    """Raise UnfitMessage unless what the pattern makes for ``run`` is what kombu has made, but for
    what is new each time.
    """
    kombus = Pattern(pattern.kind, commands)
    (key, text), *events = (arguments for _, arguments in commands)
    if (pattern.list, _read(pattern.message(run))) != (key, _read(text)) or bool(
        pattern.event
    ) != bool(kombus.event):
        raise UnfitMessage("one made from the pattern is not what kombu makes")
    for _, payload in events if pattern.event else ():
        theirs = json.loads(base64.b64decode(json.loads(payload)["body"]))
        ours = json.loads(pattern.event.one(run, theirs["clock"])) if pattern.event else {}
        if ours | {"timestamp": theirs["timestamp"]} != theirs:
            raise UnfitMessage("an event made from the pattern is not what Celery makes")


def _read(text: str) -> Any:
    message = json.loads(text)
    message["properties"].pop("delivery_tag")
    return message


class _Recording:
    """A batch of kombu's that keeps the commands to Redis instead of sending them."""

    def __init__(self, channel: Any) -> None:
        self.channel = channel
        self.commands: list[tuple[str, tuple[Any, ...]]] = []

    def publish(self, message: Any, **options: Any) -> Any:
        return self.channel.basic_publish(message, _publish_batch=self, **options)

    def add(self, name: str, *arguments: Any) -> None:
        self.commands.append((name, arguments))

    def flush(self) -> None:
        """Nothing is sent."""

    discard = close = flush


def _recorded(
    broker: MessageBroker, producer: Producer, run: Outgoing, by_kombu: ByKombu
) -> Commands:
    channel: Any = producer.channel
    recording = _Recording(channel)
    recorder: Any = Producer(channel)
    # Of this channel alone, which nobody else uses now.
    channel.create_publish_batch = lambda max_size: recording
    try:
        with recorder.batch(2):
            by_kombu(broker, recorder, [run])
    finally:
        del channel.create_publish_batch
    return recording.commands
