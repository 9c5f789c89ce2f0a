"""Which addresses outgoing requests may reach: the public Internet, and what HTTP_ALLOW_HOSTS
names.

A job's URL is written by people who may not be allowed to see the inside of the network the workers
stand in. So a name is resolved once, its addresses are vetted, and the connection goes to a vetted
address: a name that changes its answer between the check and the connection gains nothing.
"""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Iterable
from dataclasses import dataclass

import httpx

# Of a name with many addresses, the first few are tried.
MOST_ADDRESSES = 4

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

# Public by the registries, or by some Python versions, yet not the public Internet: a cloud's host
# agent, protocol assignments, the old 6to4 relays, AS112 and AMT.
INSIDE_V4 = tuple(
    ipaddress.IPv4Network(block)
    for block in (
        "168.63.129.16/32",
        "192.0.0.0/24",
        "192.88.99.0/24",
        "192.31.196.0/24",
        "192.52.193.0/24",
        "192.175.48.0/24",
    )
)
# IPv6 is the other way round: only global unicast, less the blocks in it that are something else or
# hide an IPv4 address (Teredo and the other protocol assignments, documentation, 6to4).
GLOBAL_UNICAST = ipaddress.IPv6Network("2000::/3")
INSIDE_V6 = tuple(
    ipaddress.IPv6Network(block)
    for block in ("2001::/23", "2001:db8::/32", "2002::/16", "2620:4f:8000::/48", "3fff::/20")
)


class AddressRefused(ValueError):
    """The host may not be reached from a task; the message names it and says why."""


class NameNotFound(OSError):
    """The host name has no address."""


@dataclass(frozen=True)
class Allowed:
    """One entry of HTTP_ALLOW_HOSTS: a name or a network, on one port or on any."""

    name: str = ""
    network: Network | None = None
    port: int | None = None

    def admits(self, host: str, address: Address, port: int) -> bool:
        """Whether this entry lets a request to ``host``, resolved to ``address``, through on
        ``port``.
        """
        if self.port not in (None, port):
            return False
        if self.network is not None:
            return address.version == self.network.version and address in self.network
        return host.rstrip(".").lower() == self.name


def parse_allowed(entry: str) -> Allowed:
    """Read ``host``, ``host:port``, ``address``, ``address:port``, ``[v6]:port`` or a CIDR;
    ValueError names it.
    """
    text = entry.strip()
    network = _network(text.strip("[]"))
    if network is not None:
        return Allowed(network=network)
    host, colon, port = text.rpartition(":")
    if not colon:
        host, port = text, ""
    if not host or (colon and not (port.isdecimal() and 0 < int(port) < 65536)):
        raise ValueError(
            f"HTTP_ALLOW_HOSTS holds {entry!r}, which is no host, host:port or network"
        )
    name = host.strip("[]").rstrip(".").lower()
    return Allowed(name=name, network=_network(name), port=int(port) if port else None)


def vetted_addresses(host: str, port: int, allow: Iterable[str] = ()) -> list[str]:
    """The addresses of ``host`` that a task may connect to, in the resolver's order.

    Raises AddressRefused when it has none that is public or allowed, NameNotFound when it has none
    at all.
    """
    allowed = [parse_allowed(entry) for entry in allow]
    found = _resolve(host, port)
    good = [
        a for a in found if is_public(a) or any(entry.admits(host, a, port) for entry in allowed)
    ]
    if not good:
        where = "" if _network(host) else f" ({found[0]})"
        raise AddressRefused(
            f"{host}{where} is not on the public Internet; HTTP_ALLOW_HOSTS must name it "
            "before a task may call it"
        )
    return [str(address) for address in good]


def is_public(address: Address) -> bool:
    """Whether an address belongs to the public Internet and to nothing else."""
    if isinstance(address, ipaddress.IPv4Address):
        return address.is_global and not address.is_multicast and not _within(address, INSIDE_V4)
    return (
        address.scope_id is None and address in GLOBAL_UNICAST and not _within(address, INSIDE_V6)
    )


def _within(address: Address, blocks: Iterable[Network]) -> bool:
    return any(address in block for block in blocks)


def _resolve(host: str, port: int) -> list[Address]:
    """Every address of the host, once each.

    Odd spellings (``0x7f.1``, ``2130706433``) are read as connect() would.
    """
    try:
        answers = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (socket.gaierror, UnicodeError) as error:
        raise NameNotFound(
            f"the host name {host[:100]!r} cannot be resolved: {_reason(error)}"
        ) from error
    return list(dict.fromkeys(ipaddress.ip_address(str(answer[4][0])) for answer in answers))


def _reason(error: Exception) -> str:
    return (
        error.strerror or str(error) if isinstance(error, OSError) else "it is no valid host name"
    )


def _network(text: str) -> Network | None:
    try:
        return ipaddress.ip_network(text, strict=False)
    except ValueError:
        return None


def port_of(url: httpx.URL) -> int:
    """The port that a web address leads to."""
    return url.port or (443 if url.scheme == "https" else 80)


class Vetting(httpx.BaseTransport):
    """Connects to a vetted address of the host; the Host header and the certificate still go by the
    host's name.
    """

    def __init__(self, allow: list[str]) -> None:
        self.allow = allow
        self.inner = httpx.HTTPTransport(trust_env=False)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send to the first vetted address that takes the connection."""
        host = request.url.raw_host.decode("ascii")
        addresses = vetted_addresses(host, port_of(request.url), self.allow)[:MOST_ADDRESSES]
        for address in addresses[:-1]:
            try:
                return self.inner.handle_request(_aimed(request, host, address, len(addresses)))
            except (httpx.ConnectError, httpx.ConnectTimeout):
                continue
        return self.inner.handle_request(_aimed(request, host, addresses[-1], len(addresses)))

    def close(self) -> None:
        """Close the connections."""
        self.inner.close()


def _aimed(request: httpx.Request, host: str, address: str, shares: int) -> httpx.Request:
    """The same request, sent to one address, with its share of the time for connecting."""
    timeout = dict(request.extensions.get("timeout", {}))
    if timeout.get("connect"):
        timeout["connect"] /= shares
    return httpx.Request(
        request.method,
        request.url.copy_with(host=address),
        headers=request.headers,
        stream=request.stream,
        extensions={**request.extensions, "timeout": timeout, "sni_hostname": host},
    )
