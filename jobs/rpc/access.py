"""Who calls: the one place where a call's metadata becomes an Actor."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from ipaddress import ip_address
from urllib.parse import unquote

import grpc

from jobs.access.actor import Actor, Surface
from jobs.access.roles import ROLES, Role
from jobs.access.tokens import actor_from_token
from jobs.errors import InvalidToken

# What proxies add: behind one, everybody seems to be on this machine.
FORWARDED = frozenset({"x-forwarded-for", "forwarded", "x-real-ip", "via"})


@dataclass(frozen=True)
class Door:
    """``open_on_loopback``: who calls from this machine without a token is ``grpc:local``, an
    editor.
    """

    open_on_loopback: bool = False

    def actor_of(self, context: grpc.ServicerContext, *, now: datetime) -> Actor:
        """The token's owner; raises InvalidToken for a wrong token, and for none where the door is
        closed.
        """
        metadata = [(key, str(value)) for key, value in context.invocation_metadata()]
        address = address_of(context.peer())
        if given := [value for key, value in metadata if key == "authorization"]:
            return actor_from_token(_secret(given), address=address, surface=Surface.GRPC, now=now)
        is_forwarded = any(key in FORWARDED for key, _ in metadata)
        if self.open_on_loopback and is_loopback(address) and not is_forwarded:
            return Actor("grpc:local", Surface.GRPC, ROLES[Role.EDITOR], address=address)
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


def is_loopback(address: str) -> bool:
    try:
        found = ip_address(address)
    except ValueError:
        return False
    mapped = getattr(found, "ipv4_mapped", None)
    return (mapped or found).is_loopback


def _secret(given: list[str]) -> str:
    scheme, _, secret = given[0].partition(" ")
    if len(given) > 1 or scheme.lower() != "bearer":
        raise InvalidToken("must be Bearer and one token", field="authorization")
    return secret.strip()
