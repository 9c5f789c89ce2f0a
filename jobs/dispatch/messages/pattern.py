"""The text of one kind of message, as it goes to Redis, with gaps for what differs from run to
run.
"""

from __future__ import annotations

import base64
import json
import re
import time
import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from json.encoder import encode_basestring_ascii
from typing import Any, NamedTuple

from jobs.dispatch import seal
from jobs.dispatch.messages.outgoing import Limits, Outgoing
from jobs.dispatch.messages.wire import PREFIX
from jobs.moments import iso

Commands = Sequence[tuple[str, tuple[Any, ...]]]

# In the order in which they stand in the text.
IN_HEADERS = (
    *(f"{PREFIX}{name}" for name in ("publish", "run", "scheduled_for")),
    *("id", "periodic_task_name", "retries", "root_id"),
)
IN_MESSAGE = ("headers", "correlation_id", "delivery_tag")
IN_EVENT = ("clock", "retries", "root_id", "timestamp", "uuid")
GAP = re.compile(r'"\\u0000(\w+)\\u0000"')
SENT, MANY = "task.sent", "task.multi"

_dumps = json.JSONEncoder(sort_keys=True).encode
_moment = lru_cache(maxsize=1024)(iso)


class UnfitMessage(Exception):
    """kombu's message is of a form that no pattern is made of."""


class MessageKind(NamedTuple):
    """What the messages of one pattern have in common; ``origin`` is the sending process, as Celery
    writes it.
    """

    origin: str
    key: str
    task: str
    queue: str
    priority: int
    exclusive: bool
    limits: Limits


class Pattern:
    """Read from the commands that one message is; raises UnfitMessage, or what reading odd ones
    raises.
    """

    def __init__(self, kind: MessageKind, commands: Commands) -> None:
        self.kind = kind
        pushed = [arguments for name, arguments in commands if name == "lpush"]
        events = [arguments for name, arguments in commands if name == "publish"]
        if len(pushed) != 1 or len(events) > 1 or len(commands) > 2:
            raise UnfitMessage(f"sent by {[name for name, _ in commands]}")
        self.list, text = pushed[0]
        message = json.loads(text)
        headers, properties = message["headers"], message["properties"]
        if any(not seal.is_told(name) and name != seal.HEADER for name in headers):
            raise UnfitMessage("it has a header that is not sealed")
        self._body = base64.b64decode(message["body"])
        self._content = (message["content-type"], message["content-encoding"])
        self._headers = _with_gaps(headers, IN_HEADERS, seal.told_text)
        properties = {
            **properties,
            "correlation_id": _gap("correlation_id"),
            "delivery_tag": _gap("delivery_tag"),
        }
        self._whole = _format(
            _dumps({**message, "headers": _gap("headers"), "properties": properties}), IN_MESSAGE
        )
        self.event = EventPattern(*events[0]) if events else None

    def message(self, run: Outgoing) -> str:
        """The text of the message of ``run``, sealed. Its delivery tag is its id: no two messages
        have the same.
        """
        name, run_id = f'"{run.message_id}"', f'"{run.id}"'
        job_name, due = encode_basestring_ascii(run.job_name), f'"{_moment(run.scheduled_for)}"'
        told = self._headers % (run.publish_count, run_id, due, name, job_name, run.failures, name)
        sealed = seal.seal_of_text(self.kind.key, told, self._body, self._content)
        return self._whole % (f'{{"{seal.HEADER}":"{sealed}",{told[1:]}', name, name)


class EventPattern:
    """Of the event that a message was sent; many go to monitors as one message, as a worker's
    events do.
    """

    def __init__(self, topic: str, payload: str) -> None:
        self._topic, self._message = topic, json.loads(payload)
        self._text = _with_gaps(
            json.loads(base64.b64decode(self._message["body"])), IN_EVENT, _dumps
        )

    def one(self, run: Outgoing, clock: int) -> str:
        name = f'"{run.message_id}"'
        return self._text % (clock, run.failures, name, time.time(), name)

    def many(self, events: Iterable[str]) -> tuple[str, str]:
        """The topic and the payload of one message with all of them."""
        properties = self._message["properties"]
        info = {**properties["delivery_info"], "routing_key": MANY}
        body = base64.b64encode(f"[{','.join(events)}]".encode()).decode()
        properties = {**properties, "delivery_tag": str(uuid.uuid4()), "delivery_info": info}
        return self._topic.replace(SENT, MANY), _dumps(
            {**self._message, "body": body, "properties": properties}
        )


def _gap(name: str) -> str:
    return f"\0{name}\0"


def _with_gaps(values: Mapping[str, Any], names: Sequence[str], dumps: Callable[[Any], str]) -> str:
    if missing := set(names) - set(values):
        raise UnfitMessage(f"it has no {', '.join(sorted(missing))}")
    return _format(dumps({**values, **{name: _gap(name) for name in names}}), names)


def _format(text: str, names: Sequence[str]) -> str:
    """The text as a format for ``%``; its gaps must stand in this order."""
    if (found := tuple(GAP.findall(text))) != tuple(names):
        raise UnfitMessage(f"its gaps are {found}")
    return GAP.sub("%s", text.replace("%", "%%"))
