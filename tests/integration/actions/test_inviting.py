"""Invitations: a link that works once, for three days, and gives nothing that the inviter has
not.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Group, Permission, User
from django.utils import timezone

from jobs.access.actor import Actor, Surface
from jobs.access.roles import ROLES, Role
from jobs.actions.people.accounts import activate_person, change_role, deactivate_person
from jobs.actions.people.invitations import (
    accept_invitation,
    invite_person,
    invited_by_link,
    renew_invitation,
    revoke_invitation,
)
from jobs.errors import DomainError, Forbidden, NotFound
from jobs.models import AuditEntry, Invitation, Restriction
from tests.support.builders import by
from tests.support.people import make_roles, make_user
from tests.support.rights import somebody
from tests.support.threads import at_once

PASSWORD = "long enough for this 77"
NOW = timezone.now()
BOSS = by("boss")


@pytest.fixture(autouse=True)
def roles() -> None:
    make_roles()


def invited(actor: Actor = BOSS, **fields: Any) -> Any:
    values = {"name": "ana", "email": "ana@example.org", "role": "viewer", **fields}
    return invite_person(**values, actor=actor, now=NOW)


def accept(secret: str, **when: Any) -> User:
    return accept_invitation(secret, PASSWORD, address="198.51.100.7", now=NOW + timedelta(**when))


def test_a_link_gives_the_role_the_tags_and_a_password_once() -> None:
    link = invited(role="operator", tags=["fin", "ops", "fin"])
    user = User.objects.get(username="ana")
    assert not user.has_usable_password()
    assert link.secret not in str(list(Invitation.objects.values()))
    assert accept(link.secret, days=2) == user
    user.refresh_from_db()
    assert user.check_password(PASSWORD)
    assert (user.is_staff, user.is_superuser) == (True, False)
    assert list(user.groups.values_list("name", flat=True)) == ["operator"]
    assert Restriction.objects.get(user=user).tags == ["fin", "ops"]
    with pytest.raises(NotFound):
        accept(link.secret)
    verbs = list(AuditEntry.objects.order_by("id").values_list("verb", "who", "address"))
    assert verbs == [("invite_person", "boss", ""), ("accept_invitation", "ana", "198.51.100.7")]
    assert link.secret not in str(list(AuditEntry.objects.values()))


def test_of_several_who_use_a_link_at_once_one_does() -> None:
    secret = invited().secret
    outcomes = at_once([lambda: _tried(secret)] * 4)
    assert sorted(outcomes) == [False, False, False, True]


def _tried(secret: str) -> bool:
    try:
        accept(secret)
    except NotFound:
        return False
    return True


def _deactivated(user: User) -> None:
    deactivate_person(user, actor=BOSS, now=NOW)


def _activated_again(user: User) -> None:
    _deactivated(user)
    activate_person(user, actor=BOSS, now=NOW)


def _given_a_password(user: User) -> None:
    user.set_password("given by an admin")
    user.save()


ENDS: list[Callable[[User], Any]] = [
    _deactivated,
    _activated_again,
    _given_a_password,
    lambda user: revoke_invitation(user, actor=BOSS, now=NOW),
    lambda user: renew_invitation(user, actor=BOSS, now=NOW),
    lambda user: user.delete(),
]


@pytest.mark.parametrize("end", ENDS)
def test_a_link_ends_with(end: Callable[[User], Any]) -> None:
    link = invited()
    end(link.user)
    before = list(User.objects.values_list("password", flat=True))
    with pytest.raises(NotFound):
        invited_by_link(link.secret, now=NOW)
    with pytest.raises(NotFound):
        accept(link.secret)
    assert list(User.objects.values_list("password", flat=True)) == before


def test_a_link_is_good_for_three_days() -> None:
    link = invited()
    assert invited_by_link(link.secret, now=NOW + timedelta(days=3, seconds=-1)) == link.user
    with pytest.raises(NotFound):
        accept(link.secret, days=3)


def test_a_renewed_link_works_and_the_one_before_does_not() -> None:
    first = invited()
    second = renew_invitation(first.user, actor=BOSS, now=NOW + timedelta(days=5))
    with pytest.raises(NotFound):
        accept(first.secret)
    assert accept(second.secret, days=7).check_password(PASSWORD) is False  # as read before
    assert User.objects.get(username="ana").check_password(PASSWORD)
    with pytest.raises(DomainError, match="needs no invitation"):
        renew_invitation(first.user, actor=BOSS, now=NOW)


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": "two words"}, "name"),
        ({"name": "nul\0"}, "name"),
        ({"name": "x" * 151}, "name"),
        ({"name": "TAKEN"}, "name"),
        ({"name": "System"}, "name"),
        ({"email": "no address"}, "email"),
        ({"email": "a@example.org\nBcc: b@example.org"}, "email"),
        ({"email": "Taken@Example.org"}, "email"),
        ({"role": "owner"}, "role"),
        ({"role": ""}, "role"),
        ({"tags": [""]}, "tags"),
        ({"tags": ["x" * 51]}, "tags"),
    ],
)
def test_what_cannot_be_is_named_and_nobody_is_made(fields: dict[str, Any], field: str) -> None:
    User.objects.create_user("taken", email="taken@example.org")
    with pytest.raises(DomainError) as refused:
        invited(**fields)
    assert refused.value.field == field
    assert User.objects.count() == 1


def test_nobody_gives_a_role_or_tags_that_they_have_not() -> None:
    manages = ROLES[Role.OPERATOR] | {"auth.add_user", "auth.change_user"}
    half = Actor("half", Surface.CONSOLE, manages)
    limited = somebody(Role.ADMIN, tags=frozenset({"fin", "ops"}))
    for actor, fields in (
        (half, {"role": "editor"}),
        (half, {"role": "admin"}),
        (limited, {}),
        (limited, {"tags": ["hr"]}),
        (limited, {"tags": ["fin", "hr"]}),
    ):
        with pytest.raises(Forbidden):
            invited(actor, **fields)
    assert not User.objects.exists()
    invited(half, role="operator")
    invited(limited, name="bob", email="", tags=["fin"])
    bob = User.objects.get(username="bob")
    for actor, role, tags in (
        (half, "editor", []),
        (limited, "viewer", []),
        (limited, "viewer", ["hr"]),
    ):
        with pytest.raises(Forbidden):
            change_role(bob, role, tags, actor=actor, now=NOW)
    assert Restriction.objects.get().tags == ["fin"]


def _superuser() -> User:
    return User.objects.create_superuser("ana")


def _with_more() -> User:
    user = make_user(Role.VIEWER, "ana")
    user.user_permissions.add(Permission.objects.get(codename="delete_session"))
    return user


@pytest.mark.parametrize("make", [_superuser, _with_more])
def test_nobody_touches_whom_has_more_and_nobody_touches_themselves(
    make: Callable[[], User],
) -> None:
    admin, user = somebody(Role.ADMIN), make()
    own = make_user(Role.ADMIN, admin.name)
    before = User.objects.filter(pk=user.pk).values().get()
    for person in (user, own):
        with pytest.raises(Forbidden):
            change_role(person, "viewer", [], actor=admin, now=NOW)
        for act in (deactivate_person, activate_person, renew_invitation, revoke_invitation):
            with pytest.raises(Forbidden):
                act(person, actor=admin, now=NOW)
    assert User.objects.filter(pk=user.pk).values().get() == before
    assert not AuditEntry.objects.exists()


def test_another_role_takes_the_place_of_the_one_before_and_other_groups_stay() -> None:
    user = make_user(Role.EDITOR, "ana", tags=["fin"])
    user.groups.add(Group.objects.create(name="on call"))
    change_role(user, "viewer", [], actor=BOSS, now=NOW)
    assert set(user.groups.values_list("name", flat=True)) == {"viewer", "on call"}
    assert not Restriction.objects.exists()
    entry = AuditEntry.objects.get()
    assert entry.changes == {"role": ["editor, on call", "on call, viewer"], "tags": [["fin"], []]}


def test_a_superuser_has_no_role_to_change() -> None:
    with pytest.raises(DomainError, match="superuser"):
        change_role(_superuser(), "viewer", [], actor=BOSS, now=NOW)
