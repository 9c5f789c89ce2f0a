"""Names that look like another one, or like nobody's, are refused, and passwords that are soon
guessed.
"""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone

from jobs.access.actor import SYSTEM
from jobs.actions.jobs import create_job
from jobs.actions.people.tokens import create_token
from jobs.errors import DomainError
from jobs.models import Job
from tests.support.builders import by

UNSEEN = [
    "pay\u202eroll",
    "pay\u200broll",
    "pay\u00adroll",
    "\ufeffpayroll",
    "pay\u2066roll",
    "pay\u2028roll",
    "pay\x85roll",
]
NEW: dict[str, Any] = {"name": "payroll", "task": "EchoTask", "schedule": "@daily"}


@pytest.mark.parametrize("text", UNSEEN, ids=ascii)
@pytest.mark.parametrize("field", ["name", "owner", "tags"])
def test_a_job_is_called_what_one_sees(field: str, text: str) -> None:
    with pytest.raises(DomainError) as refused:
        create_job(
            NEW | {field: [text] if field == "tags" else text}, actor=by("ana"), now=timezone.now()
        )
    assert [problem.field for problem in getattr(refused.value, "problems", [])] == [field]
    assert not Job.objects.exists()


@pytest.mark.parametrize("text", UNSEEN, ids=ascii)
def test_so_is_a_token(text: str) -> None:
    user = User.objects.create_user("ana", is_superuser=True)
    for fields in ({"name": text}, {"name": "ci", "tags": [text]}):
        with pytest.raises(DomainError):
            create_token(user, actor=SYSTEM, now=timezone.now(), **fields)


def made(name: str, password: str = "a long walk home 7") -> bool:
    """Whether the console's form makes somebody of this name and password."""
    boss = Client()
    boss.force_login(
        User.objects.get_or_create(username="boss", is_superuser=True, is_staff=True)[0]
    )
    written = {
        "username": name,
        "password1": password,
        "password2": password,
        "usable_password": "true",
    }
    boss.post(
        "/admin/auth/user/add/",
        written
        | {"beatwright_restriction-TOTAL_FORMS": 0, "beatwright_restriction-INITIAL_FORMS": 0},
    )
    return User.objects.filter(username=name).exists()


@pytest.mark.parametrize(
    "name", ["system", "System", "retention", "import", "grpc:local", "cli:root"]
)
def test_nobody_is_called_what_the_audit_calls_no_person(name: str) -> None:
    assert not made(name)
    with pytest.raises(CommandError):
        call_command(
            "createsuperuser", "--noinput", f"--username={name}", "--email=a@b.c", verbosity=0
        )


def test_others_are_called_as_they_like() -> None:
    assert made("ana")
    assert made("systema")


@pytest.mark.parametrize(
    "password", ["short 7 long", "password1234", "837465928374", "anastasia-2026"]
)
def test_a_password_that_is_soon_guessed_is_refused(password: str) -> None:
    assert not made("anastasia", password[:11] if password == "short 7 long" else password)


def test_one_that_is_not_is_taken() -> None:
    assert made("anastasia", "short 7 long")
