"""Which addresses a task may reach."""

from __future__ import annotations

import ipaddress
import socket
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.egress import AddressRefused, NameNotFound, is_public, parse_allowed, vetted_addresses

INSIDE = [
    "0.0.0.0", "0.1.2.3", "10.0.0.1", "100.64.0.1", "100.100.100.200", "127.0.0.1",
    "127.255.255.254", "168.63.129.16",
    "169.254.169.254", "172.16.0.1", "172.31.255.255", "192.0.0.192", "192.0.2.1", "192.88.99.1",
    "192.168.1.1",
    "198.18.0.1", "198.51.100.1", "203.0.113.1", "224.0.0.1", "239.255.255.250", "240.0.0.1",
    "255.255.255.255",
    "::", "::1", "::7f00:1", "::ffff:127.0.0.1", "::ffff:8.8.8.8", "64:ff9b::7f00:1",
    "64:ff9b:1::1", "100::1",
    "2001::1", "2001:2::1", "2001:10::1", "2001:20::1", "2001:db8::1", "2002:7f00:1::1",
    "2002:808:808::1", "3fff::1",
    "5f00::1", "fc00::1", "fd00:ec2::254", "fe80::1", "fe80::1%lo", "fec0::1", "ff02::1",
    "2606:4700::1111%eth0",
]  # fmt: skip
PUBLIC = [
    "1.1.1.1",
    "8.8.8.8",
    "93.184.216.34",
    "172.32.0.1",
    "198.20.0.1",
    "2606:4700:4700::1111",
    "2a00:1450::1",
]


def resolving(monkeypatch: pytest.MonkeyPatch, *addresses: str) -> list[str]:
    """Make every name resolve to these addresses; returns the list of names asked for."""
    asked: list[str] = []

    def getaddrinfo(host: str, port: int, **_: Any) -> list[Any]:
        asked.append(host)
        return [
            (socket.AF_INET6 if ":" in address else socket.AF_INET, 1, 6, "", (address, port))
            for address in addresses
        ]

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    return asked


@pytest.mark.parametrize("address", INSIDE)
def test_what_is_not_the_public_internet_is_refused(address: str) -> None:
    assert not is_public(ipaddress.ip_address(address))


@pytest.mark.parametrize("address", PUBLIC)
def test_public_addresses_are_reached(address: str) -> None:
    assert is_public(ipaddress.ip_address(address))
    assert vetted_addresses(address, 80) == [address]


@pytest.mark.parametrize(
    "host", ["0", "0x7f.1", "0177.0.0.1", "127.1", "2130706433", "017700000001", "0xa9fea9fe"]
)
def test_odd_spellings_of_inside_addresses_are_refused(host: str) -> None:
    with pytest.raises(
        AddressRefused,
        match=rf"^{host} \([0-9.]+\) is not on the public Internet; HTTP_ALLOW_HOSTS",
    ):
        vetted_addresses(host, 80)


@given(st.ip_addresses(v=4))
def test_no_ipv6_address_that_hides_an_ipv4_one_is_public(hidden: ipaddress.IPv4Address) -> None:
    bits = int(hidden)
    for prefix in (0, 0xFFFF << 32, 0x64_FF9B << 96, (0x2002 << 112) | (bits << 80)):
        assert not is_public(ipaddress.IPv6Address(prefix | bits))


@pytest.mark.parametrize(
    "address", ["127.0.0.1", "10.1.2.3", "169.254.169.254", "::1", "::ffff:10.0.0.1"]
)
def test_a_name_that_resolves_to_the_inside_is_refused(
    monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    resolving(monkeypatch, address)
    with pytest.raises(
        AddressRefused, match=r"^127\.0\.0\.1\.nip\.example \(.*\) is not on the public Internet"
    ):
        vetted_addresses("127.0.0.1.nip.example", 80)


def test_of_a_mixed_answer_only_the_public_addresses_are_used(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    resolving(monkeypatch, "10.0.0.1", "93.184.216.34", "fd00::1", "93.184.216.34")
    assert vetted_addresses("mixed.example", 443) == ["93.184.216.34"]


def test_a_name_is_resolved_once(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = resolving(monkeypatch, "93.184.216.34")
    vetted_addresses("once.example", 443, ["10.0.0.0/8", "other.example"])
    assert asked == ["once.example"]


@pytest.mark.parametrize("host", ["no-such-host.invalid", "a" * 300, "x..y"])
def test_a_name_without_an_address_is_named_shortly(host: str) -> None:
    with pytest.raises(NameNotFound, match="cannot be resolved") as caught:
        vetted_addresses(host, 80)
    assert len(str(caught.value)) < 300


@pytest.mark.parametrize(
    ("entry", "host", "address", "port", "admitted"),
    [
        ("intranet.example", "intranet.example", "10.0.0.5", 80, True),
        ("Intranet.Example", "INTRANET.example.", "10.0.0.5", 8080, True),
        ("intranet.example", "x.intranet.example", "10.0.0.5", 80, False),
        ("intranet.example:8080", "intranet.example", "10.0.0.5", 8080, True),
        ("intranet.example:8080", "intranet.example", "10.0.0.5", 80, False),
        ("10.0.0.0/8", "any.example", "10.200.0.5", 80, True),
        ("10.0.0.0/8", "any.example", "192.168.0.5", 80, False),
        ("10.0.0.0/8", "any.example", "::ffff:10.0.0.5", 80, False),
        ("10.0.0.5", "any.example", "10.0.0.5", 80, True),
        ("10.0.0.5", "10.0.0.5", "10.0.0.6", 80, False),
        ("10.0.0.5:9000", "any.example", "10.0.0.5", 9000, True),
        ("10.0.0.5:9000", "any.example", "10.0.0.5", 9001, False),
        ("fd00::/8", "any.example", "fd12::1", 80, True),
        ("fd00::/8", "any.example", "10.0.0.1", 80, False),
        ("::1", "::1", "::1", 80, True),
        ("[::1]:9000", "::1", "::1", 9000, True),
        ("[::1]:9000", "::1", "::1", 80, False),
        (" localhost ", "localhost", "127.0.0.1", 80, True),
    ],
)
def test_the_allow_list_lets_in_what_it_names(
    monkeypatch: pytest.MonkeyPatch, entry: str, host: str, address: str, port: int, admitted: bool
) -> None:
    resolving(monkeypatch, address)
    if admitted:
        assert vetted_addresses(host, port, [entry]) == [address]
    else:
        with pytest.raises(AddressRefused):
            vetted_addresses(host, port, [entry])


@pytest.mark.parametrize(
    "entry", ["", ":80", "host:", "host:http", "host:0", "host:70000", "host:-1"]
)
def test_an_allow_list_entry_that_makes_no_sense_is_named(entry: str) -> None:
    with pytest.raises(ValueError, match=f"HTTP_ALLOW_HOSTS holds '{entry}'"):
        parse_allowed(entry)
