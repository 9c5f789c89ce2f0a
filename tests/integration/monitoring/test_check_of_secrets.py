"""What doctor says of secrets: those that no key opens, and those that jobs name in vain."""

from __future__ import annotations

import json
from io import StringIO

import pytest
from cryptography.fernet import Fernet
from django.core.management import call_command
from django.utils import timezone
from pytest_django import Settings

from jobs.queries.health import examine
from tests.support.builders import make_job, make_secret

BY_NAME = {"password": {"$secret": "db"}}


def told() -> dict[str, str]:
    """What is wrong, by what it is about."""
    return {one.check: one.detail for one in examine(["secrets"], answer_seconds=30) if not one.ok}


def test_secrets_that_are_all_well_are_counted() -> None:
    assert [one.detail for one in examine(["secrets"])] == ["none"]
    make_secret("db", tags=["fin"])
    make_job(params=BY_NAME, tags=["fin"])
    assert [(one.ok, one.detail) for one in examine(["secrets"])] == [(True, "1 stored")]


def test_a_secret_that_no_key_opens_is_named_and_another_one_is_not(settings: Settings) -> None:
    make_secret("db")
    old = settings.BEATWRIGHT["secrets_keys"]
    settings.BEATWRIGHT = settings.BEATWRIGHT | {"secrets_keys": (Fernet.generate_key().decode(),)}
    make_secret("new")
    assert told() == {
        "secret db": "none of SECRETS_KEYS opens it, so no run that uses it can start"
    }
    settings.BEATWRIGHT = settings.BEATWRIGHT | {
        "secrets_keys": (*settings.BEATWRIGHT["secrets_keys"], *old)
    }
    assert told() == {}


def test_where_the_keys_were_never_set_the_remedy_says_so(settings: Settings) -> None:
    make_secret("db")
    settings.BEATWRIGHT = settings.BEATWRIGHT | {
        "secrets_keys": [Fernet.generate_key().decode()],
        "keys_made_here": ["secrets_keys"],
    }
    (found,) = examine(["secrets"], answer_seconds=30)
    assert "SECRETS_KEYS, which is not set here" in found.remedy


def test_a_job_that_names_no_secret_of_its_own_is_told_and_an_archived_one_is_not() -> None:
    make_secret("ops-db", tags=["ops"])
    make_job(name="lost", params=BY_NAME)
    make_job(
        name="stranger",
        params={"deep": [{"password": {"$secret": "ops-db", "in": "x {}"}}]},
        tags=["fin"],
    )
    make_job(name="over", params=BY_NAME, enabled=False, archived_at=timezone.now())
    assert told() == {
        "job lost": "it uses the secret 'db', which does not exist",
        "job stranger": "it uses the secret 'ops-db', which is only for jobs with one of the "
        "tags: ops",
    }


def test_the_command_prints_it_for_programs_and_ends_with_one() -> None:
    make_job(name="lost", params=BY_NAME)
    out = StringIO()
    with pytest.raises(SystemExit) as ended:
        call_command("doctor", "--check=secrets", "--json", stdout=out)
    assert ended.value.code == 1
    (found,) = json.loads(out.getvalue())
    assert (found["check"], found["ok"]) == ("job lost", False)
