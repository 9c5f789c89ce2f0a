"""User administration that cannot exceed one's own rights."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import Group, Permission, User
from django.test import Client

from jobs.access.roles import Role
from jobs.models import Restriction
from tests.integration.admin.test_roles import NO_RESTRICTION, form_of
from tests.support.people import browser_of, make_user

PASSWORD = {"password1": "long enough 77", "password2": "long enough 77", "usable_password": "true"}


@pytest.fixture
def admin() -> Client:
    return browser_of(make_user(Role.ADMIN))


@pytest.fixture
def limited() -> Client:
    return browser_of(make_user(Role.ADMIN, "limited", tags=["fin", "ops"]))


def page_of(user: User) -> str:
    return f"/admin/auth/user/{user.pk}/change/"


def restricted(user: User | None, tags: str) -> dict[str, Any]:
    found = Restriction.objects.filter(user=user).first() if user else None
    named = (
        {"beatwright_restriction-0-id": found.pk, "beatwright_restriction-INITIAL_FORMS": 1}
        if found
        else {"beatwright_restriction-INITIAL_FORMS": 0}
    )
    owner = {"beatwright_restriction-0-user": user.pk} if user else {}
    return (
        {"beatwright_restriction-TOTAL_FORMS": 1, "beatwright_restriction-0-tags": tags}
        | owner
        | named
    )


def test_an_admin_gives_roles_up_to_their_own(admin: Client) -> None:
    user = make_user(Role.VIEWER, "ana")
    page = page_of(user)
    answer = admin.post(
        page, form_of(admin, page) | {"groups": [Group.objects.get(name="viewer").pk]}
    )
    assert answer.status_code == 302
    chosen = {"groups": [make_group("operator").pk]}
    assert admin.post(page, form_of(admin, page) | chosen).status_code == 302
    assert set(user.groups.values_list("name", flat=True)) == {"operator"}


def make_group(name: str) -> Group:
    if not Group.objects.filter(name=name).exists():
        make_user(Role(name), f"one {name}")
    return Group.objects.get(name=name)


def test_an_admin_makes_no_superuser_and_gives_nothing_that_they_have_not(admin: Client) -> None:
    user = make_user(Role.VIEWER, "ana")
    page = page_of(user)
    beyond = Group.objects.create(name="beyond")
    odd = Permission.objects.get(codename="delete_session")
    beyond.permissions.add(odd)
    for chosen in ({"groups": [beyond.pk]}, {"user_permissions": [odd.pk]}):
        answer = admin.post(page, form_of(admin, page) | chosen)
        assert answer.status_code == 200
        assert "not one of the available choices" in answer.content.decode()
    assert admin.post(page, form_of(admin, page) | {"is_superuser": "on"}).status_code == 302
    user.refresh_from_db()
    assert (user.is_superuser, list(user.groups.values_list("name", flat=True))) == (
        False,
        ["viewer"],
    )
    assert user.user_permissions.count() == 0


def _superuser() -> User:
    return User.objects.create_superuser("boss", password="as it was")


def _inactive_superuser() -> User:
    user = _superuser()
    user.is_active = False
    user.save()
    return user


def _with_more() -> User:
    user = make_user(Role.VIEWER, "more")
    user.user_permissions.add(Permission.objects.get(codename="delete_session"))
    return user


@pytest.mark.parametrize("make", [_superuser, _inactive_superuser, _with_more])
def test_an_admin_touches_nobody_who_has_more(admin: Client, make: Any) -> None:
    user = make()
    before = User.objects.filter(pk=user.pk).values().get()
    page = page_of(user)
    assert admin.get(page).status_code == 200  # to look at
    for address in (
        page,
        page.replace("/change/", "/password/"),
        page.replace("/change/", "/delete/"),
    ):
        answer = admin.post(address, PASSWORD | {"username": "changed", "post": "yes"})
        assert answer.status_code == 403, address
    chosen = {"action": "delete_selected", "_selected_action": [str(user.pk)], "post": "yes"}
    admin.post("/admin/auth/user/", chosen)
    assert User.objects.filter(pk=user.pk).values().get() == before


def test_who_is_limited_neither_widens_nor_lifts_their_own_limits(limited: Client) -> None:
    user = User.objects.get(username="limited")
    page = page_of(user)
    whole = form_of(limited, page)
    for sent in (
        restricted(user, "hr"),
        restricted(user, ""),
        restricted(user, "fin") | {"beatwright_restriction-0-DELETE": "on"},
    ):
        limited.post(page, whole | sent)
        assert Restriction.objects.get(user=user).tags in (["fin", "ops"], ["fin"])
    assert limited.post(page, whole | NO_RESTRICTION).status_code == 200
    assert Restriction.objects.filter(user=user).exists()


def test_who_is_limited_makes_people_who_are_limited_too(limited: Client) -> None:
    address, written = "/admin/auth/user/add/", PASSWORD | {"username": "new"}
    assert limited.post(address, written | NO_RESTRICTION).status_code == 200
    assert limited.post(address, written | restricted(None, "hr")).status_code == 200
    assert not User.objects.filter(username="new").exists()
    assert limited.post(address, written | restricted(None, "fin")).status_code == 302
    assert Restriction.objects.get(user__username="new").tags == ["fin"]


@pytest.mark.parametrize("tags", [None, ["hr"], ["fin", "hr"]])
def test_who_is_limited_touches_nobody_who_sees_more(
    limited: Client, tags: list[str] | None
) -> None:
    user = make_user(Role.VIEWER, "ana", tags=tags)
    assert limited.post(page_of(user), {"username": "changed"}).status_code == 403
    assert (
        limited.post(page_of(user).replace("/change/", "/password/"), PASSWORD).status_code == 403
    )


def test_groups_are_not_for_whom_tags_limit_and_none_gets_more_than_who_changes_it(
    admin: Client, limited: Client
) -> None:
    viewer, beyond = make_group("viewer"), Group.objects.create(name="beyond")
    odd = Permission.objects.get(codename="delete_session")
    beyond.permissions.add(odd)
    page = "/admin/auth/group/{}/change/"
    assert limited.post(page.format(viewer.pk), {"name": "viewer"}).status_code == 403
    assert limited.post("/admin/auth/group/add/", {"name": "ours"}).status_code == 403
    assert admin.post(page.format(beyond.pk), {"name": "beyond"}).status_code == 403
    answer = admin.post(page.format(viewer.pk), {"name": "viewer", "permissions": [odd.pk]})
    assert "not one of the available choices" in answer.content.decode()
    assert odd not in viewer.permissions.all()
