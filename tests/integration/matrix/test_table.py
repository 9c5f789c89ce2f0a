"""The table of rights says what the roles' page says, and what the actions' own table says."""

from __future__ import annotations

import pytest

from jobs.access.roles import KNOWN, ROLES, Role
from tests.integration.matrix.rights import GRANTED, RIGHTS, may
from tests.support.rights import RIGHTS as ACTIONS
from tests.support.rights import Right


@pytest.mark.parametrize("role", Role)
def test_the_page_of_roles_grants_what_the_migrations_do(role: Role) -> None:
    assert {permission for permission, roles in GRANTED.items() if role in roles} == ROLES[role]


def test_every_right_is_one_of_the_page() -> None:
    assert {right.permission for right in RIGHTS.values() if right.permission} <= KNOWN


@pytest.mark.parametrize(
    "action",
    [action for action in ACTIONS if action.verb in RIGHTS],
    ids=lambda action: action.verb,
)
def test_an_action_is_for_the_same_roles_on_every_surface(action: Right) -> None:
    if action.verb not in {
        "begin_bulk",
        "create_token",
    }:  # whose permission goes by what is asked for
        assert [may(role, RIGHTS[action.verb]) for role in Role] == [
            action.is_for(role) for role in Role
        ]
