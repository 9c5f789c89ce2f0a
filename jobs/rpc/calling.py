"""One call, from its bytes to its answer: who asks, the method, the errors, the database
connections.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

import grpc
from django.db import close_old_connections
from django.utils import timezone
from google.protobuf.descriptor import ServiceDescriptor
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass

from jobs.access.actor import Actor
from jobs.access.rates import count_request
from jobs.compat.dts_go.asking import Call, Method
from jobs.rpc.access import Door
from jobs.rpc.errors import status_of
from jobs.rpc.unknown import refuse_unknown_fields

KEY = "idempotency-key"


@dataclass(frozen=True)
class Service:
    """A service of a .proto file, with a function for each of its methods."""

    descriptor: ServiceDescriptor
    methods: Mapping[str, Method]

    @property
    def name(self) -> str:
        return str(self.descriptor.full_name)

    def handler(self, door: Door) -> grpc.GenericRpcHandler:
        """What a server is given; raises KeyError for a method that has no function."""
        handlers = {
            method.name: _handler(
                self.methods[method.name], GetMessageClass(method.input_type), door
            )
            for method in self.descriptor.methods
        }
        return grpc.method_handlers_generic_handler(self.name, handlers)


def _handler(method: Method, request: type[Message], door: Door) -> grpc.RpcMethodHandler[Any, Any]:
    # No deserializer: what cannot be read is the caller's mistake, where gRPC itself would say
    # INTERNAL.
    return grpc.unary_unary_rpc_method_handler(
        partial(_answer, method, request, door),
        response_serializer=lambda message: message.SerializeToString(),
    )


def _answer(
    method: Method, request: type[Message], door: Door, data: bytes, context: grpc.ServicerContext
) -> Message:
    if not context.is_active():  # its deadline passed while it waited for a thread
        context.abort(grpc.StatusCode.DEADLINE_EXCEEDED, "it was too late to begin")
    close_old_connections()  # one that died since this thread's last call is replaced
    try:
        now = timezone.now()
        message = request.FromString(data)
        refuse_unknown_fields(message)
        actor = door.actor_of(context, now=now)
        _count(actor, now)
        return method(message, Call(actor, now, _key(context)))
    except Exception as error:  # noqa: BLE001 - each becomes a status, and is logged where nobody foresaw it
        status = status_of(error)
    finally:
        close_old_connections()
    return context.abort(*status)


def _count(actor: Actor, now: datetime) -> None:
    """Who comes without a token, as a client on this machine may, is not counted."""
    if actor.token and (rate := count_request(actor.caller, now=now.timestamp())):
        rate.require()


def _key(context: grpc.ServicerContext) -> str | None:
    return next((str(value) for name, value in context.invocation_metadata() if name == KEY), None)
