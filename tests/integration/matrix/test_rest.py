"""Each REST operation by each identity and each body, held to the table of rights."""

from __future__ import annotations

import json

import pytest
from django.test import Client

from tests.integration.matrix.calling import Caller, Outcome, Told
from tests.integration.matrix.identities import BY_TOKEN, Identity, secret_of
from tests.integration.matrix.rest import ADDRESSES, OPERATIONS, address_of, described
from tests.integration.matrix.world import Thing, make_world

pytestmark = pytest.mark.usefixtures("broker", "unmetered")
OUTCOMES = {401: Outcome.STRANGER, 403: Outcome.FORBIDDEN, 404: Outcome.MISSING}


class OverRest(Caller):
    """With a token, or without one."""

    hostile = (
        b'{"name": "\\u0000", "status": "SCHEDULED", "ids": ["x"], "job": {"id": "\\ud800"}}',
        b'{"filter": {"name__regex": "(.*)*X$"}, "verb": "archive", "reason": NaN}',
        b"[" * 5_000,
        b'"' + b"x" * 10_000 + b'"',
        b"\xff\xfe",
    )

    def __init__(self, name: str, identity: Identity) -> None:
        self.name, self.operation = name, OPERATIONS[name]
        super().__init__(self.operation.right, identity)
        self.method, _ = ADDRESSES[name]
        self.changes = self.method != "get" and self.operation.changes
        self.is_shut = self.operation.by_session
        secret = secret_of(identity)
        self._client = Client(headers={"authorization": f"Bearer {secret}"} if secret else {})

    def valid(self, thing: Thing) -> bytes:
        return json.dumps(self.operation.body(thing)).encode()

    def send(self, thing: Thing, body: bytes) -> Told:
        address = address_of(self.name, thing)
        if self.method == "get":
            answer = self._client.get(address, self.operation.query(thing) if body else None)
        else:
            answer = self._client.generic(
                self.method.upper(), address, body, content_type="application/json"
            )
        kinds = (Outcome.DONE, Outcome.DONE, Outcome.BAD, Outcome.BROKEN)  # 2xx to 5xx
        outcome = OUTCOMES.get(answer.status_code, kinds[answer.status_code // 100 - 2])
        return Told(outcome, f"{answer.status_code} {answer.headers} {answer.content.decode()}")


@pytest.mark.parametrize("identity", BY_TOKEN, ids=str)
@pytest.mark.parametrize("name", sorted(OPERATIONS))
@pytest.mark.drawn(most=50, reason="a thousand pairs of an operation and an identity")
def test_an_operation_is_done_for_whom_the_table_of_rights_names_and_for_nobody_else(
    name: str, identity: Identity
) -> None:
    world = make_world()
    OverRest(name, identity).hold(world)


def test_every_operation_of_the_document_has_its_row() -> None:
    assert {name for name, _, _ in described()} == OPERATIONS.keys()
