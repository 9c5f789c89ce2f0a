"""Each role by each action: allowed and recorded, or refused, named and without a trace."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from django.utils import timezone

import jobs
from jobs import actions
from jobs.access.audit import Verb
from jobs.access.roles import KNOWN, ROLES, Role
from jobs.actions.jobs import update_job
from jobs.errors import Forbidden
from jobs.models import AuditEntry
from tests.support.builders import by, make_job
from tests.support.redis import RedisServer
from tests.support.rights import RIGHTS, Right, actions_there_are, somebody

# What Django's own pages do, and what happens at its door.
OF_DJANGO = {
    Verb.EDIT_ROW, Verb.DELETE_ROW, Verb.RUN_ROW, Verb.CHANGE_PASSWORD, Verb.LOCK_OUT,
    Verb.ACCEPT_INVITATION,
    Verb.SIGN_IN, Verb.SIGN_IN_FAILED, Verb.SIGN_OUT, Verb.ADMIT_PERSON, Verb.SET_UP_SECOND_FACTOR,
    Verb.REMOVE_SECOND_FACTOR,
}  # fmt: skip


def test_every_action_has_its_row() -> None:
    assert actions_there_are() | {"import"} == {right.verb for right in RIGHTS}


def test_every_action_has_its_word_in_the_audit() -> None:
    assert {right.verb for right in RIGHTS} == set(Verb) - OF_DJANGO


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("right", RIGHTS, ids=lambda right: f"{right.verb} from {right.least}")
def test_a_role_may_do_what_the_table_says_and_nothing_else(
    right: Right, role: Role, broker: RedisServer
) -> None:
    call = right.prepare()
    AuditEntry.objects.all().delete()
    if right.is_for(role):
        call(somebody(role))
        assert right.verb in set(AuditEntry.objects.filter(who=role).values_list("verb", flat=True))
    else:
        with pytest.raises(Forbidden) as refused:
            call(somebody(role))
        assert refused.value.permission in KNOWN
        assert right.least in refused.value.roles
        assert refused.value.permission in str(refused.value)
        assert not AuditEntry.objects.exists()


def test_every_permission_that_actions_ask_for_comes_with_a_role() -> None:
    asked = {
        node.value
        for path in Path(actions.__path__[0]).rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and node.value.startswith("beatwright.")
    }
    assert asked
    assert asked <= KNOWN


def test_every_permission_of_ours_that_comes_with_a_role_is_asked_for() -> None:
    # The users' own form asks.
    held_by_django = {f"beatwright.{verb}_restriction" for verb in ("add", "change", "delete")}
    granted = {
        label
        for label in KNOWN
        if label.startswith("beatwright.") and not label.startswith("beatwright.view_")
    }
    sources = [path for path in Path(jobs.__path__[0]).rglob("*.py") if path.name != "roles.py"]
    code = "".join(path.read_text() for path in sources if "migrations" not in path.parts)
    assert {label for label in granted - held_by_django if f'"{label}"' not in code} == set()


def test_each_role_may_more_than_the_one_before() -> None:
    viewer, operator, editor, admin = (ROLES[role] for role in Role)
    assert viewer < operator < editor < admin


def test_switching_a_job_off_in_its_form_takes_the_right_to_pause() -> None:
    job = make_job()
    author = by("ana", permissions=frozenset({"beatwright.change_job"}))
    with pytest.raises(Forbidden) as refused:
        update_job(job, {"enabled": False}, actor=author, now=timezone.now())
    assert refused.value.permission == "beatwright.pause_job"
    assert update_job(job, {"description": "as before"}, actor=author, now=timezone.now()).enabled
