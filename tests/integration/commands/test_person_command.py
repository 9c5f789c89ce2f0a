"""``manage.py person``: invited, listed, given another role, let in no longer."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.test import Client

from jobs.models import AuditEntry
from tests.support.configured import configured
from tests.support.people import make_roles


@pytest.fixture(autouse=True)
def roles() -> None:
    make_roles()


def person(*words: str) -> Any:
    return json.loads(call_command("person", *words, "--json"))


def test_a_person_from_the_invitation_to_the_end() -> None:
    with configured(public_url="https://beatwright.example.org"):
        text = call_command("person", "invite", "ana", "--role", "viewer", "--tags", "fin, ops")
    link = text.split()[-1].removeprefix("https://beatwright.example.org")
    assert "No mail server is configured" in text
    assert Client().get(link).status_code == 200
    (row,) = person("list")
    assert (row["name"], row["role"], row["tags"], row["standing"]) == (
        "ana",
        "viewer",
        ["fin", "ops"],
        "invited",
    )
    assert person("role", "ana", "--role", "operator")["tags"] == []
    assert person("revoke", "ana")["standing"] == "not invited"
    renewed = person("renew", "ana")
    assert (renewed["mailed"], renewed["standing"]) == (False, "invited")
    assert person("deactivate", "ana", "--reason", "left")["standing"] == "deactivated"
    assert not User.objects.get(username="ana").is_active
    assert person("activate", "ana")["standing"] == "not invited"
    assert set(AuditEntry.objects.values_list("surface", flat=True)) == {"cli"}


@pytest.mark.parametrize(
    ("words", "status", "field"),
    [
        (("deactivate", "nobody"), 3, "user"),
        (("invite", "two words", "--role", "viewer"), 1, "name"),
        (("revoke", "boss"), 1, "person"),
    ],
)
def test_a_refusal_names_the_field_and_has_its_status(
    words: tuple[str, ...], status: int, field: str
) -> None:
    User.objects.create_superuser("boss", password="x")
    with pytest.raises(CommandError, match=f"^{field}: ") as refused:
        call_command("person", *words)
    assert refused.value.returncode == status
