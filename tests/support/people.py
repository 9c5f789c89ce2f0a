"""People with a role, and their browsers."""

from __future__ import annotations

from django.apps import apps
from django.contrib.auth.models import Group, User
from django.test import Client

from jobs.access.groups import grant
from jobs.access.roles import ROLES, Role
from jobs.models import Restriction


def make_user(role: Role | None, name: str = "", *, tags: list[str] | None = None) -> User:
    """Somebody who may sign in to the console, in the role's group, limited to these tags if any are given.

    The groups are made anew where an earlier test's end has emptied the database.
    """
    user = User.objects.create_user(name or str(role or "nobody"), is_staff=True)
    if role is not None:
        if not Group.objects.filter(name=role).exists():
            grant(apps, {role.value: permissions for role, permissions in ROLES.items()})
        user.groups.add(Group.objects.get(name=role))
    if tags is not None:
        Restriction.objects.create(user=user, tags=tags)
    return user


def browser_of(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client
