"""Secrets are made, changed and removed by who may, and named only by who may use them."""

from __future__ import annotations

from typing import Any

import pytest
from cryptography.fernet import Fernet
from django.utils import timezone

from jobs.access.actor import SYSTEM, Actor
from jobs.access.roles import ROLES, Role
from jobs.actions.jobs import create_job, update_job
from jobs.actions.runs.run import rerun, run_now
from jobs.actions.secrets import create_secret, delete_secret, reseal_secrets, update_secret
from jobs.errors import DomainError, Forbidden, NameTaken, SecretNotFound
from jobs.importers.files.document import Document
from jobs.importers.planning.plan import Plan
from jobs.importers.service import import_documents
from jobs.models import AuditEntry, Job, RunState, Secret
from jobs.sealing import new_key, unsealed
from tests.support.builders import by, make_job, make_run, make_secret
from tests.support.configured import configured

EDITOR = by("eve", permissions=ROLES[Role.EDITOR])
FIN = by("fay", permissions=ROLES[Role.EDITOR], tags=frozenset({"fin"}))
OPERATOR = by("ole", permissions=ROLES[Role.OPERATOR])
DB = {"password": {"$secret": "db"}}


def created(actor: Actor = EDITOR, **values: Any) -> Secret:
    return create_secret(
        {"name": "db", "value": "corr3ct-h0rse"} | values, actor=actor, now=timezone.now()
    )


def changed(actor: Actor = EDITOR, **values: Any) -> Secret:
    return update_secret("db", values, actor=actor, now=timezone.now())


def saved(params: Any, actor: Actor = EDITOR, **fields: Any) -> Job:
    values = {"name": "bill", "task": "EchoTask", "schedule": "@daily", "params": params} | fields
    return create_job(values, actor=actor, now=timezone.now())


def test_a_value_is_stored_encrypted_and_counted_as_a_version() -> None:
    secret = created(description="the books")
    assert "corr3ct" not in secret.sealed
    assert (unsealed(secret.sealed), secret.version) == ("corr3ct-h0rse", 1)
    again = changed(value="an0ther-one\nof two lines")
    assert (unsealed(again.sealed), again.version, again.description) == (
        "an0ther-one\nof two lines",
        2,
        "the books",
    )
    assert again.rotated_at > secret.rotated_at


def test_the_audit_says_who_changed_what_and_nothing_of_values() -> None:
    created(tags=["fin"])
    changed(value="an0ther-one")
    delete_secret("db", actor=EDITOR, now=timezone.now())
    entries = AuditEntry.objects.order_by("id")
    assert [entry.verb for entry in entries] == ["create_secret", "update_secret", "delete_secret"]
    assert entries[1].changes == {"version": [1, 2]}
    assert not any(
        word in repr(entry.changes)
        for entry in entries
        for word in ("corr3ct", "an0ther", "sealed")
    )


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"name": "a b"}, "name"),
        ({"value": ""}, "value"),
        ({"value": "abc\nde"}, "value"),
        ({"value": "x" * 65_537}, "value"),
        ({"value": "nul\0nul"}, "value"),
        ({"tags": "fin"}, "tags"),
        ({"tags": [""]}, "tags"),
        ({"description": "x" * 501}, "description"),
        ({"sealed": "x"}, "sealed"),
    ],
)
def test_what_cannot_be_saved_names_its_field(values: dict[str, Any], field: str) -> None:
    with pytest.raises(DomainError) as error:
        created(**values)
    assert error.value.field == field
    assert not Secret.objects.exists()


def test_a_secret_of_64_kb_on_many_lines_is_kept_whole() -> None:
    value = "\n".join(["x" * 63] * 1024)
    assert unsealed(created(value=value).sealed) == value


def test_a_name_is_taken_once() -> None:
    created()
    with pytest.raises(NameTaken, match="db"):
        created()


@pytest.mark.parametrize("role", [Role.VIEWER, Role.OPERATOR])
def test_who_writes_no_jobs_makes_no_secrets(role: Role) -> None:
    with pytest.raises(Forbidden):
        created(by("x", permissions=ROLES[role]))


def test_whom_tags_limit_makes_and_changes_their_own_alone() -> None:
    created(FIN, tags=["fin"])
    changed(FIN, value="an0ther-one")
    with pytest.raises(Forbidden):
        changed(FIN, tags=["fin", "ops"])
    with pytest.raises(Forbidden):
        changed(FIN, tags=[])
    with pytest.raises(Forbidden):
        create_secret({"name": "x", "value": "12345"}, actor=FIN, now=timezone.now())
    make_secret("theirs", tags=["ops"])
    with pytest.raises(SecretNotFound):
        update_secret("theirs", {"value": "12345"}, actor=FIN, now=timezone.now())
    with pytest.raises(SecretNotFound):
        delete_secret("theirs", actor=FIN, now=timezone.now())
    with pytest.raises(Forbidden):
        reseal_secrets(actor=FIN, now=timezone.now())


def test_a_secret_that_jobs_name_stays_and_the_jobs_are_named_to_who_sees_them() -> None:
    make_secret("db", tags=["fin"])
    make_job(name="books", params={"a": [DB]}, tags=["fin"])
    make_job(name="hidden", params=DB, tags=["ops"])
    make_job(name="other", params={"$secrets": "db", "note": '"$secret": "db"'})
    with pytest.raises(DomainError, match=r"in use by 2 jobs: books and 1 that you cannot see"):
        delete_secret("db", actor=FIN, now=timezone.now())
    with pytest.raises(DomainError, match=r"in use by 2 jobs: books, hidden"):
        delete_secret("db", actor=EDITOR, now=timezone.now())


def test_tags_that_would_leave_a_job_without_its_secret_are_refused() -> None:
    make_secret("db")
    make_job(name="books", params=DB, tags=["fin"])
    assert changed(tags=["fin", "ops"]).tags == ["fin", "ops"]
    with pytest.raises(DomainError, match="in use by 1 job: books"):
        changed(tags=["ops"])


def test_a_job_that_names_no_secret_there_is_is_refused_by_name_with_what_was_meant() -> None:
    make_secret("billing-db")
    with pytest.raises(DomainError) as error:
        saved({"password": {"$secret": "biling-db"}})
    assert (
        str(error.value)
        == "there is no secret 'biling-db' that you can use (did you mean 'billing-db'?)"
    )
    assert error.value.field == "params"


@pytest.mark.parametrize(
    "reference",
    [{"$secret": 1}, {"$secret": ""}, {"$secret": "db", "x": 1}, {"$secret": "db", "in": "no gap"},
     {"$secret": "db", "in": "{} and {}"}],
)  # fmt: skip
def test_a_reference_of_another_form_is_refused_where_it_stands(reference: Any) -> None:
    make_secret("db")
    with pytest.raises(DomainError, match=r"a\.b"):
        saved({"a": {"b": reference}})


def test_a_reference_stands_for_a_text_and_is_checked_as_one() -> None:
    make_secret("db")
    request = {"url": {"$secret": "db", "in": "https://h/{}"}, "method": "GET"}
    saved(
        request | {"headers": {"Authorization": {"$secret": "db"}}, "json": [DB]},
        task="HttpRequest",
    )
    with pytest.raises(DomainError, match="timeout_seconds must be a number"):
        saved(request | {"timeout_seconds": {"$secret": "db"}}, task="HttpRequest", name="b")
    saved({"message": "x", "level": {"$secret": "db"}}, task="LogTask", name="c")


def test_another_teams_secret_is_refused_as_one_that_there_is_not() -> None:
    make_secret("ops-db", tags=["ops"])
    make_secret("open")
    for name in ("ops-db", "open", "nothing"):
        with pytest.raises(DomainError) as error:
            saved({"password": {"$secret": name}}, FIN, tags=["fin"])
        assert error.value.message == f"there is no secret '{name}' that you can use"
        assert "ops-db" not in error.value.hint


def test_a_secret_is_for_the_jobs_that_carry_its_tags() -> None:
    make_secret("db", tags=["fin"])
    with pytest.raises(DomainError, match="is for jobs with one of the tags: fin"):
        saved(DB, tags=["shop"])
    job = saved(DB, tags=["fin", "shop"])
    with pytest.raises(DomainError, match="is for jobs with one of the tags: fin"):
        update_job(job, {"tags": ["shop"]}, actor=EDITOR, now=timezone.now())


def test_who_may_not_use_a_secret_may_edit_around_it_but_not_move_it() -> None:
    make_secret("ops-db", tags=["ops"])
    params = {"url": "https://bank.example/", "headers": {"X": {"$secret": "ops-db"}}}
    job = make_job(name="pay", task="HttpRequest", params=params, tags=["ops", "fin"])
    now = timezone.now()
    update_job(
        job, {"description": "x", "params": params | {"timeout_seconds": 5}}, actor=FIN, now=now
    )
    for moved in (
        params | {"url": "https://evil.example/"},
        {**params, "headers": {"Y": {"$secret": "ops-db"}}},
    ):
        with pytest.raises(DomainError, match="there is no secret 'ops-db' that you can use"):
            update_job(job, {"params": moved}, actor=FIN, now=now)
    with pytest.raises(DomainError, match="there is no secret 'ops-db' that you can use"):
        update_job(job, {"task": "EchoTask"}, actor=FIN, now=now)


def test_an_operator_runs_a_job_with_its_secret_and_names_no_other() -> None:
    make_secret("db")
    job = make_job(params={"url": "https://bank.example/", **DB})
    now = timezone.now()
    assert run_now(job, actor=OPERATOR, now=now, params={**job.params, "n": 1}).created
    with pytest.raises(DomainError, match="you do not have permission to use the secret 'db' here"):
        run_now(job, actor=OPERATOR, now=now, params={**job.params, "url": "https://evil.example/"})
    run = make_run(job, state=RunState.FAILED)
    with pytest.raises(
        DomainError, match="you do not have permission to use the secret 'other' here"
    ):
        rerun(run, actor=OPERATOR, now=now, params={"password": {"$secret": "other"}})


def test_a_run_with_a_secret_that_is_gone_is_refused_before_it_is_made() -> None:
    run = make_run(make_job(params=DB), state=RunState.FAILED)
    with pytest.raises(DomainError, match="there is no secret 'db'"):
        run_now(run.job, actor=SYSTEM, now=timezone.now())
    with pytest.raises(DomainError, match="there is no secret 'db'"):
        rerun(run, actor=SYSTEM, now=timezone.now())


def imported(params: str, actor: Actor, tags: str = '["fin"]') -> Plan:
    job = f'"name": "bill", "task": "EchoTask", "tags": {tags}, "params": {params}'
    text = f'[{{{job}, "schedule": "@daily"}}]'
    document = Document("schedule.json", text, source="schedule.json")
    return import_documents([document], actor=actor, now=timezone.now())


def test_a_file_names_the_secrets_that_whoever_imports_it_may_use() -> None:
    make_secret("db", tags=["fin"])
    make_secret("ops-db", tags=["ops"])
    refused = imported('{"password": {"$secret": "ops-db"}}', FIN)
    assert [problem.message for problem in refused.problems] == [
        "there is no secret 'ops-db' that you can use"
    ]
    assert imported('{"password": {"$secret": "db"}}', FIN).problems == []
    assert imported('{"password": {"$secret": "db"}}', FIN).same == 1
    wrong = imported('{"password": {"$secret": "dbb"}}', SYSTEM)
    assert [problem.hint for problem in wrong.problems] == ["did you mean 'db'?"]


def test_rotating_encrypts_every_secret_with_the_first_key_and_then_the_old_one_can_go() -> None:
    old, new = new_key(), new_key()
    with configured(secrets_keys=[old]):
        created()
    with configured(secrets_keys=[new, old]):
        make_secret("fresh")
        assert reseal_secrets(actor=SYSTEM, now=timezone.now()) == {
            "resealed": ["db"],
            "unreadable": [],
        }
        assert reseal_secrets(actor=SYSTEM, now=timezone.now()) == {
            "resealed": [],
            "unreadable": [],
        }
    with configured(secrets_keys=[new]):
        secret = Secret.objects.get(name="db")
        assert (unsealed(secret.sealed), secret.version) == ("corr3ct-h0rse", 1)


def test_a_secret_that_no_key_opens_is_named_and_the_others_are_encrypted_anew() -> None:
    with configured(secrets_keys=[new_key()]):
        make_secret("lost")
    with configured(secrets_keys=[old := new_key()]):
        make_secret("db")
    with configured(secrets_keys=[Fernet.generate_key().decode(), old]):
        assert reseal_secrets(actor=SYSTEM, now=timezone.now()) == {
            "resealed": ["db"],
            "unreadable": ["lost"],
        }
