"""What holds for every answer: nobody keeps it unasked, no browser guesses what it is, no odd
encoding breaks it.
"""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from tests.integration.matrix import addresses as console_addresses
from tests.integration.matrix import console
from tests.integration.matrix.rest import ADDRESSES, address_of
from tests.integration.matrix.world import make_world
from tests.support.api import Api

PROBES = (
    "/livez",
    "/readyz",
    "/healthz",
    "/metrics",
    "/nothing",
    "/",
    "/api/v1/nothing",
    "/jobs/nothing",
    "/flower/",
)
ODD = (
    "idna",
    "punycode",
    "zlib_codec",
    "rot13",
    "hex",
    "utf-16",
    "utf-7",
    "nonsense",
    "unicode_escape",
    "x" * 500,
)


def get(browser: Client, address: str) -> Any:
    answer = browser.get(address)
    answer.close()
    return answer


def is_careful(answer: Any) -> bool:
    """Whether it says how long it may be kept, and that its type is what it is."""
    return (
        bool(answer.headers.get("Cache-Control"))
        and answer.headers.get("X-Content-Type-Options") == "nosniff"
    )


def test_every_address_answers_with_care(static_root: None) -> None:
    thing = make_world().here
    addresses = [*PROBES, "/static/console/console.css", "/static/nothing.css"]
    addresses += [console_addresses.address_of(name, thing) for name in console.OPERATIONS]
    addresses += [address_of(name, thing) for name in ADDRESSES]
    boss, stranger = Client(), Client()
    boss.force_login(User.objects.create_superuser("boss"))
    careless = {
        (address, answer.status_code)
        for address in addresses
        for browser in (boss, stranger)
        if not is_careful(answer := get(browser, address))
    }
    assert careless == set()


def test_only_static_files_may_be_kept(static_root: None) -> None:
    kept = {
        address: get(Client(), address).headers["Cache-Control"]
        for address in (*PROBES, "/static/console/console.css")
    }
    assert {address for address, value in kept.items() if "no-store" not in value} == {
        "/static/console/console.css"
    }


@pytest.mark.parametrize("charset", ODD, ids=ascii)
@pytest.mark.parametrize(
    "address", ["/admin/login/", "/api/v1/jobs/", "/api/v1/import/", "/jobs", "/nothing", "/livez"]
)
def test_an_encoding_that_is_none_of_the_webs_is_refused(address: str, charset: str) -> None:
    kind = "application/json" if "admin" not in address else "application/x-www-form-urlencoded"
    client = Client(headers={"authorization": f"Bearer {Api().secret}"})
    answer = client.generic(
        "POST", address, b"a=\xff&b=%ff", content_type=f"{kind}; charset={charset}"
    )
    assert answer.status_code in {400, 403, 404, 405, 415}


@pytest.mark.parametrize("charset", ["utf-8", "UTF-8", '"utf-8"', "iso-8859-1"])
def test_one_of_the_webs_is_taken(charset: str) -> None:
    client = Client(headers={"authorization": f"Bearer {Api().secret}"})
    answer = client.generic(
        "POST", "/api/v1/jobs/", b"{}", content_type=f"application/json; charset={charset}"
    )
    assert answer.status_code == 400
