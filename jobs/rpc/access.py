"""Who calls: the one place where a call's metadata becomes an Actor."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from urllib.parse import unquote

import grpc

from jobs.access.actor import Actor, Surface
from jobs.access.opening import Opening
from jobs.access.tokens import actor_from_token
from jobs.errors import InvalidToken

CLOSED = Opening()


@dataclass(frozen=True)
class Door:
    """``opening``: who is let in without a token, as ``grpc:local`` or ``grpc:open``."""

    opening: Opening = CLOSED

    def actor_of(self, context: grpc.ServicerContext, *, now: datetime) -> Actor:
        """The token's owner; raises InvalidToken for a wrong token, and for none where the door is
        closed.
        """
        metadata = [(key, str(value)) for key, value in context.invocation_metadata()]
        address = address_of(context.peer())
        if given := [value for key, value in metadata if key == "authorization"]:
            return actor_from_token(_secret(given), address=address, surface=Surface.GRPC, now=now)
        if actor := self.opening.actor_at(address, Surface.GRPC, [key for key, _ in metadata]):
            return actor
        raise InvalidToken(
            "a token is required",
            field="authorization",
            hint="send the metadata authorization: Bearer …",
        )


def address_of(peer: str) -> str:
    """The IP address in what gRPC calls a peer, such as ``ipv4:127.0.0.1:5301`` or
    ``ipv6:%5B::1%5D:5301``.
    """
    family, _, place = unquote(peer).partition(":")
    return place.rpartition(":")[0].strip("[]") if family in {"ipv4", "ipv6"} else ""


def _secret(given: list[str]) -> str:
    scheme, _, secret = given[0].partition(" ")
    if len(given) > 1 or scheme.lower() != "bearer":
        raise InvalidToken("must be Bearer and one token", field="authorization")
    return secret.strip()
