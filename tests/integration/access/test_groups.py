"""The groups that the migrations make are the roles that the code knows."""

from __future__ import annotations

from importlib import import_module

import pytest
from django.apps import apps
from django.contrib.auth.models import Group, Permission
from django.db import connection

from jobs.access.groups import grant
from jobs.access.roles import ROLES

# Those that grant, in their order.
MIGRATIONS = ["0002_groups_and_search", "0006_notices", "0007_calendars"]


def stored() -> dict[str, set[str]]:
    labels = Group.objects.values_list(
        "name", "permissions__content_type__app_label", "permissions__codename"
    )
    groups: dict[str, set[str]] = {}
    for name, app, codename in labels:
        groups.setdefault(name, set()).add(f"{app}.{codename}")
    return groups


def run_migrations() -> None:
    for name in MIGRATIONS:
        with connection.schema_editor() as editor:
            import_module(f"jobs.migrations.{name}").make_groups(apps, editor)


def test_the_migrations_make_each_role_with_exactly_its_permissions() -> None:
    Group.objects.all().delete()
    run_migrations()
    assert stored() == {role.value: set(permissions) for role, permissions in ROLES.items()}


def test_made_twice_they_are_the_same_and_what_was_added_stays() -> None:
    run_migrations()
    Group.objects.get(name="viewer").permissions.add(Permission.objects.get(codename="run_job"))
    run_migrations()
    assert stored()["viewer"] == set(ROLES[next(iter(ROLES))]) | {"beatwright.run_job"}


def test_permissions_that_django_has_not_made_yet_are_made_once() -> None:
    Permission.objects.all().delete()
    run_migrations()
    assert Permission.objects.filter(codename="pause_job").count() == 1


def test_a_permission_that_no_model_declares_is_named() -> None:
    with pytest.raises(LookupError, match=r"beatwright\.fly_job"):
        grant(apps, {"viewer": ["beatwright.fly_job"]})
