"""Each page and each button of the console by each person, held to the table of rights."""

from __future__ import annotations

from urllib.parse import urlencode

import pytest
from django.test import Client

from tests.integration.matrix.addresses import address_of, resolved
from tests.integration.matrix.calling import Caller, Outcome, Told
from tests.integration.matrix.console import OPERATIONS, prepare
from tests.integration.matrix.elsewhere import ELSEWHERE
from tests.integration.matrix.identities import SIGNED_IN, Identity, browser_of
from tests.integration.matrix.world import Thing, make_world

pytestmark = pytest.mark.usefixtures("broker", "static_root")
OUTCOMES = {401: Outcome.STRANGER, 403: Outcome.FORBIDDEN, 404: Outcome.MISSING}
# What a page is asked for by: GET, or POST of its form.
REQUESTS = sorted(
    (name, method)
    for name, page in OPERATIONS.items()
    for method, right in (("GET", page.sees), ("POST", page.does))
    if right
)


class InTheConsole(Caller):
    """In a browser, signed in or not."""

    hostile = (
        b"q=%00&name=%ff&state=%ed%a0%80",
        b"a=1&" * 1_500,
        b"verb=__class__&version=99999999999999999999&days=1e9&after=x",
    )

    def __init__(self, name: str, method: str, identity: Identity) -> None:
        self.name, self.method, self.page = name, method, OPERATIONS[name]
        right = self.page.sees if method == "GET" else self.page.does
        super().__init__(right, identity)
        self.changes = method == "POST" and not right.startswith("preview")
        self.browser: Client = browser_of(identity)
        prepare(name)

    def valid(self, thing: Thing) -> bytes:
        return urlencode(
            self.page.data(thing) if self.method == "POST" else self.page.query(thing)
        ).encode()

    def send(self, thing: Thing, body: bytes) -> Told:
        address = address_of(self.name, thing)
        if self.method == "GET":
            answer = self.browser.get(f"{address}?{body.decode()}" if body else address)
        else:
            answer = self.browser.post(
                address, body, content_type="application/x-www-form-urlencoded"
            )
        text = b"".join(answer) if answer.streaming else answer.content
        to_login = answer.status_code == 302 and answer.headers["Location"].startswith(
            "/admin/login/"
        )
        kinds = (Outcome.DONE, Outcome.DONE, Outcome.BAD, Outcome.BROKEN)  # 2xx to 5xx
        outcome = (
            Outcome.STRANGER
            if to_login
            else OUTCOMES.get(answer.status_code, kinds[answer.status_code // 100 - 2])
        )
        return Told(outcome, f"{answer.status_code} {answer.headers} {text.decode()}")


@pytest.mark.parametrize("identity", SIGNED_IN, ids=str)
@pytest.mark.parametrize(("name", "method"), REQUESTS, ids=str)
@pytest.mark.drawn(most=50, reason="a thousand pairs of a request and a person")
def test_a_page_answers_whom_the_table_of_rights_names_and_nobody_else(
    name: str, method: str, identity: Identity
) -> None:
    world = make_world()
    InTheConsole(name, method, identity).hold(world)


def test_every_address_of_the_resolver_has_its_row_or_a_reason_why_not() -> None:
    rows = {name.partition(" ")[0] for name in OPERATIONS}
    assert rows & ELSEWHERE.keys() == set()
    assert set(resolved()) == rows | ELSEWHERE.keys()
