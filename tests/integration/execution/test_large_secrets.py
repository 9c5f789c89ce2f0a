"""A secret as large as one may be, of a thousand lines: it comes to the body as it was set, and
shows nowhere.
"""

from __future__ import annotations

import hashlib
import io
import json
import logging
import sys
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from jobs.actions.secrets import MOST_BYTES, MOST_SECRETS
from jobs.models import RunLog, Secret
from jobs.redaction.keys import MASK
from tests.integration.execution.delivery import attempts_of
from tests.integration.execution.referring import all_that_is_left, run_of
from tests.support.api import Api, fields_at_fault
from tests.support.builders import make_secret
from tests.support.typed import manage

LINES = [hashlib.sha256(str(number).encode()).hexdigest() for number in range(1_008)]
VALUE = "\n".join([*LINES, "z" * (MOST_BYTES - 65 * 1_008 - 1), ""])


def by_command(monkeypatch: pytest.MonkeyPatch) -> None:
    # Of which the last line end is the pipe's.
    monkeypatch.setattr(sys, "stdin", io.StringIO(f"{VALUE}\n"))
    manage("secret", "set", "db")


def over_rest(_: pytest.MonkeyPatch) -> None:
    assert Api().post("secrets/", {"name": "db", "value": VALUE}).status_code == 201


def in_the_console(_: pytest.MonkeyPatch) -> None:
    client: Client = Api(signed_in=True)._client
    form = {"name": "db", "value": VALUE.replace("\n", "\r\n"), "tags": ""}  # as browsers send it
    assert client.post(reverse("admin:secret_add"), form).status_code == 302


@pytest.mark.parametrize("setting", [by_command, over_rest, in_the_console])
def test_it_comes_unchanged_and_each_of_its_lines_is_hidden(
    setting: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert len(VALUE.encode()) == MOST_BYTES
    setting(monkeypatch)
    assert Secret.objects.count() == 1
    came: list[str] = []

    def tell(self: Any, password: str) -> str:
        came.append(password)
        log = logging.getLogger("celery.redirected")
        log.warning("all of it: %s", password)
        for line in password.splitlines():
            log.warning("a line of it: %s", line)
        log.warning("some of it: %s", password[200:5_000].partition("\n")[2].rpartition("\n")[0])
        return password

    run = run_of(tell)

    assert came == [VALUE]
    left = all_that_is_left(run)
    assert [line for line in LINES if line in left] == []
    assert (
        "".join(RunLog.objects.filter(run=run).values_list("text", flat=True)).count(
            f"a line of it: {MASK}"
        )
        == 1_009
    )
    assert json.loads(attempts_of(run)[0].result).count(MASK) == 1_009


def test_a_larger_one_is_refused_everywhere(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO(f"{VALUE}too much"))
    with pytest.raises(Exception, match="at most 65536 characters"):
        manage("secret", "set", "db")
    assert Api().post("secrets/", {"name": "db", "value": f"{VALUE}too much"}).status_code == 400
    answer = Api(signed_in=True)._client.post(
        reverse("admin:secret_add"), {"name": "db", "value": f"{VALUE}too much"}
    )
    assert answer.status_code == 422
    assert not Secret.objects.exists()


def test_there_are_never_more_secrets_than_a_list_can_hold() -> None:
    pattern = make_secret("s0")
    names = [f"s{number}" for number in range(1, MOST_SECRETS)]
    fields = {field.name: getattr(pattern, field.name) for field in Secret._meta.concrete_fields}
    Secret.objects.bulk_create(Secret(**fields | {"name": name}) for name in names)
    answer = Api().post("secrets/", {"name": "one-more", "value": "corr3ct-h0rse"})
    assert (answer.status_code, fields_at_fault(answer)) == (422, ["name"])
    assert Secret.objects.count() == MOST_SECRETS
