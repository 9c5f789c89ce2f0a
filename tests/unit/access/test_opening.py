"""Who is let in without a token: this machine, and the networks that were named; nobody through a
proxy.
"""

from __future__ import annotations

import pytest

from jobs.access.actor import Surface
from jobs.access.opening import Opening, networks_in

HERE = Opening(on_loopback=True)
OFFICE = Opening(networks=networks_in(["10.1.0.0/16", "fd00::/8"]))


@pytest.mark.parametrize(
    ("opening", "address", "name"),
    [
        (HERE, "127.0.0.1", "api:local"),
        (HERE, "::1", "api:local"),
        (HERE, "::ffff:127.0.0.1", "api:local"),
        (HERE, "10.1.2.3", None),
        (HERE, "", None),
        (HERE, "localhost", None),
        (OFFICE, "10.1.2.3", "api:open"),
        (OFFICE, "::ffff:10.1.2.3", "api:open"),
        (OFFICE, "fd00::7", "api:open"),
        (OFFICE, "10.2.0.1", None),
        (OFFICE, "127.0.0.1", None),
        (Opening(), "127.0.0.1", None),
    ],
)
def test_a_caller_is_known_by_its_address(opening: Opening, address: str, name: str | None) -> None:
    found = opening.actor_at(address, Surface.API, ["content-type"])
    assert (found.name if found else None) == name
    for header in ("x-forwarded-for", "forwarded", "via", "x-real-ip"):
        assert opening.actor_at(address, Surface.API, [header]) is None


def test_who_is_let_in_is_an_editor() -> None:
    found = HERE.actor_at("127.0.0.1", Surface.GRPC, [])
    assert found
    assert (found.may("beatwright.add_job"), found.may("beatwright.view_secret")) == (True, False)


def test_what_is_no_network_is_refused() -> None:
    with pytest.raises(ValueError, match=r"10\.1\.0\.0/33"):
        networks_in(["10.1.0.0/33"])
