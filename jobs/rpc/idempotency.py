"""The metadata ``idempotency-key``: a call that is sent again with its key does nothing again."""

from __future__ import annotations

import hmac
from collections.abc import Callable
from functools import wraps
from typing import TypeVar

from google.protobuf.json_format import MessageToDict, ParseDict
from google.protobuf.message import Message

from jobs.access.idempotency import Asked, KeptAnswer, once
from jobs.compat.dts_go.asking import Call
from jobs.dispatch.brokers.amqp import message_keys
from jobs.rpc.calling import KEY

Asking = TypeVar("Asking", bound=Message)
Told = TypeVar("Told", bound=Message)
DONE = 200


def idempotent(
    told: type[Told],
) -> Callable[[Callable[[Asking, Call], Told]], Callable[[Asking, Call], Told]]:
    """Of a method that answers ``told``: with a key that was sent before, answer as before and do
    nothing.
    """

    def wrapped(method: Callable[[Asking, Call], Told]) -> Callable[[Asking, Call], Told]:
        @wraps(method)
        def keyed(request: Asking, call: Call) -> Told:
            if call.key is None:
                return method(request, call)
            asked = Asked(call.actor, call.key, _digest(request), KEY)
            answer = once(
                asked, lambda: KeptAnswer(DONE, MessageToDict(method(request, call))), now=call.now
            )
            return ParseDict(answer.body, told())

        return keyed

    return wrapped


def _digest(request: Message) -> str:
    """Made with a key: a message may hold a password, and who reads the database is not to guess it
    by its digest.
    """
    sent = (
        request.DESCRIPTOR.full_name.encode()
        + b"\n"
        + request.SerializeToString(deterministic=True)
    )
    return hmac.digest(f"{KEY}{message_keys()[0]}".encode(), sent, "sha256").hex()
