"""Who needs no token: this machine's own programs, or those of networks that the site lets in."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from jobs.access.actor import Actor, Surface
from jobs.access.roles import ROLES, Role

# What proxies add: behind one, everybody seems to be on this machine.
FORWARDED = frozenset({"x-forwarded-for", "forwarded", "x-real-ip", "via"})

Network = IPv4Network | IPv6Network


@dataclass(frozen=True)
class Opening:
    """``on_loopback``: who calls from this machine needs none.

    ``networks``: nor who calls from one of these.
    """

    on_loopback: bool = False
    networks: tuple[Network, ...] = ()

    def actor_at(self, address: str, surface: Surface, headers: Collection[str]) -> Actor | None:
        """Who a caller at this address is who shows no token; None for one who needs it.

        An editor, named after the surface. ``headers``: the names, in small letters, of what came
        with the call.
        """
        found = read_address(address)
        if found is None or not FORWARDED.isdisjoint(headers):
            return None
        if self.on_loopback and found.is_loopback:
            return Actor(f"{surface}:local", surface, ROLES[Role.EDITOR], address=address)
        if any(found in network for network in self.networks):
            return Actor(f"{surface}:open", surface, ROLES[Role.EDITOR], address=address)
        return None


def networks_in(texts: Iterable[str]) -> tuple[Network, ...]:
    """Networks such as ``10.1.0.0/16``; raises ValueError."""
    return tuple(ip_network(text) for text in texts)


def read_address(text: str) -> IPv4Address | IPv6Address | None:
    """The IP address, of version 4 where it is only written as one of version 6; None for a text
    that is none.
    """
    try:
        found = ip_address(text)
    except ValueError:
        return None
    return getattr(found, "ipv4_mapped", None) or found


def is_loopback(address: str) -> bool:
    """Whether only this machine calls from there."""
    found = read_address(address)
    return found is not None and found.is_loopback
