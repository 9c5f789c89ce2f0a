"""What passes through the broker: recorded command by command, and what workers answer to whoever
reaches it.
"""

from __future__ import annotations

import base64
import json
import re
import threading
from collections.abc import Iterator
from types import TracebackType
from typing import Any, Self

import redis
from celery import Celery
from celery.worker.control import Panel

from tests.acceptance.canary.marks import Read
from tests.support.redis import RedisServer

CHANGES_A_WORKER = {
    "shutdown",
    "terminate",
    "revoke",
    "revoke_by_stamped_headers",
    "pool_restart",
    "pool_shrink",
}
BODY = re.compile(r"body\W{1,8}: \W{1,4}([A-Za-z0-9+/]{4,}={0,2})")
EVENT_TYPE = re.compile(r'"type": "([a-z]+-[a-z]+)"')
PLAIN_MESSAGE, EVENT, CONTROL = "a message of a plain task", "an event", "remote control"


class Recorder:
    """Every command that anybody sends to this Redis, from the block's first line on: messages,
    events, replies.
    """

    def __init__(self, server: RedisServer) -> None:
        # Waits for the next command, whenever that comes.
        self._client = redis.Redis(
            host="127.0.0.1", port=server.port, decode_responses=True, socket_timeout=None
        )
        self._commands: list[str] = []
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._is_over = threading.Event()

    def __enter__(self) -> Self:
        self._monitor = self._client.monitor().__enter__()
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._is_over.set()
        self._monitor.connection.disconnect()
        self._client.close()

    def read(self) -> Iterator[Read]:
        """What has been recorded, with what the bodies of messages say beside it, and what kind
        each is.
        """
        for command in list(self._commands):
            text = "\n".join([command, *map(_decoded, BODY.findall(command))])
            yield f"{_kind(text)}: {command[:60]}", text

    def event_types(self) -> set[str]:
        return {
            kind
            for where, text in self.read()
            if where.startswith(EVENT)
            for kind in EVENT_TYPE.findall(text)
        }

    def _listen(self) -> None:
        while not self._is_over.is_set():
            try:  # as Redis writes it, which the client's own reader does not always understand
                self._commands.append(
                    str(self._monitor.connection.read_response()).replace('\\"', '"')
                )
            except (redis.RedisError, OSError, ValueError):
                if not self._is_over.is_set():
                    raise


def _decoded(body: str) -> str:
    return base64.b64decode(body + "=" * (-len(body) % 4)).decode(errors="replace")


def _kind(text: str) -> str:
    if "celeryev" in text and EVENT_TYPE.search(text):
        return EVENT
    if "pidbox" in text or "reply.celery" in text:
        return CONTROL
    is_message = "kwargsrepr" in text
    return (
        (PLAIN_MESSAGE if '"beatwright_run":' not in text.replace("\\", "") else "a run's message")
        if is_message
        else "else"
    )


def held(server: RedisServer) -> Iterator[Read]:
    """All that Redis holds now, in each of its databases that is used: counted requests, too."""
    for number in (0, 1):
        with redis.Redis(
            host="127.0.0.1", port=server.port, db=number, decode_responses=True
        ) as client:
            for key in client.scan_iter():
                text = repr(_value(client, key))
                bodies = map(_decoded, BODY.findall(text))
                yield f"{_kind(text)}: redis {number} {key}", "\n".join([str(key), text, *bodies])


def _value(client: Any, key: str) -> object:
    read = {
        "list": lambda: client.lrange(key, 0, -1),
        "hash": lambda: client.hgetall(key),
        "set": lambda: client.smembers(key),
        "zset": lambda: client.zrange(key, 0, -1, withscores=True),
    }
    return read.get(client.type(key), lambda: client.get(key))()


def control(broker_url: str) -> Iterator[Read]:
    """What the workers reply to every command that Celery knows."""
    app = Celery("stranger", broker=broker_url)
    with app.connection_for_write() as connection:
        for command in sorted(set(Panel.data) - CHANGES_A_WORKER):
            arguments: dict[str, Any] = {"with_defaults": True} if "conf" in command else {}
            replies = app.control.broadcast(
                command, arguments=arguments, reply=True, timeout=10, limit=1, connection=connection
            )
            yield f"remote control {command}", json.dumps(replies, default=repr)
