"""Every method of the .proto files, called with what means something, with nothing, and with what
means nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

import grpc
from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.message_factory import GetMessageClass

from tests.acceptance.canary.guesses import Answer, Question
from tests.acceptance.canary.marks import Read
from tests.support.dts_go import PACKAGES, Client, pool

READING = ("Get", "List")
NO_MESSAGES = (b"", b"\xff" * 20, b"\x0a\x02\xff\xfe")
NOBODYS = "00000000-0000-4000-8000-000000000000"


def methods() -> Mapping[str, Descriptor]:
    """``JobService.GetJob`` and the message that it takes, those first that change nothing."""
    found = {
        f"{service}.{method.name}": method.input_type
        for service, package in PACKAGES.items()
        for method in pool().FindServiceByName(f"{package}.{service}").methods
    }
    return dict(sorted(found.items(), key=lambda each: not is_reading(each[0])))


def is_reading(name: str) -> bool:
    return name.partition(".")[2].startswith(READING)


def calls(client: Client, ids: Mapping[str, str], spare: str) -> Iterator[Read]:
    """Those that read about each of these ids, the others about ``spare`` alone; errors are answers
    as well.
    """
    for name, message in methods().items():
        meant = [*ids.values(), NOBODYS] if is_reading(name) else [spare, NOBODYS]
        requests = [
            bytes(GetMessageClass(message)(**about(message, one)).SerializeToString())
            for one in meant
        ]
        for request in (*requests, *NO_MESSAGES):
            yield f"{name} {request[:40]!r}", answer(client, name, request)


def about(message: Descriptor, id_: str) -> dict[str, Any]:
    """The fields that say which thing is meant, at any depth."""
    given: dict[str, Any] = {}
    for field in message.fields:
        within = field.message_type
        if within and "id" in within.fields_by_name:
            given[field.name] = about(within, id_)
        elif field.name in {"id", "job_id"}:
            given[field.name] = id_
    return given


def answer(client: Client, name: str, request: bytes) -> str:
    try:
        return str(client.send(name, request))
    except grpc.RpcError as error:
        refused: Any = error
        return f"{refused.code()} {refused.details()} {refused.trailing_metadata()}"


def questions(client: Client) -> Iterator[Question]:
    """Every text that a list can be asked for."""
    for name, message in methods().items():
        for field in message.fields:
            if ".List" in name and field.type == FieldDescriptor.TYPE_STRING:
                yield Question(
                    f"{name} {field.name}", partial(_asked, client, name, message, field.name)
                )


def _asked(client: Client, name: str, message: Descriptor, field: str, guess: str) -> Answer:
    request = GetMessageClass(message)(**{field: guess}).SerializeToString()
    return 0, "", answer(client, name, bytes(request))
