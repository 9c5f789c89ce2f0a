"""People with a role, and their browsers."""

from __future__ import annotations

from django.apps import apps
from django.contrib.auth.models import Group, User
from django.test import Client

from jobs.access.groups import grant
from jobs.access.roles import ROLES, Role
from jobs.models import Restriction


def make_user(role: Role | None, name: str = "", *, tags: list[str] | None = None) -> User:
    """Somebody who may sign in to the console, in the role's group, limited to these tags if any
    are given.
    """
    user = User.objects.create_user(name or str(role or "nobody"), is_staff=True)
    if role is not None:
        make_roles()
        user.groups.add(Group.objects.get(name=role))
    if tags is not None:
        Restriction.objects.create(user=user, tags=tags)
    return user


def make_roles() -> None:
    """The groups, made anew where an earlier test's end has emptied the database."""
    if Group.objects.filter(name__in=list(Role)).count() < len(Role):
        grant(apps, {role.value: permissions for role, permissions in ROLES.items()})


def browser_of(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client
