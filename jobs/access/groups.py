"""Groups made by migrations: a role's permissions, given to the group of its name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.contrib.auth.management import create_permissions
from django.db import DEFAULT_DB_ALIAS

from jobs import conf


def grant(apps: Any, roles: Mapping[str, Iterable[str]], *, using: str = DEFAULT_DB_ALIAS) -> None:
    """Give each group these permissions (``app.codename``); groups that are missing are made,
    nothing is taken away.

    Django makes permissions only after all migrations have run, so those of the apps named are made
    here. ``apps`` is a migration's registry or Django's own. Raises LookupError for a permission
    that no model declares.

    In a project no role has rights over its people, and the groups are named so that none of them
    is one of its own.
    """
    is_own_site = bool(conf.get().site)
    wanted = {
        role if is_own_site else f"Beatwright {role}": {
            label for label in labels if is_own_site or not label.startswith("auth.")
        }
        for role, labels in roles.items()
    }
    every = set[str]().union(*wanted.values())
    _create({label.partition(".")[0] for label in every}, apps, using)
    found = _found(every, apps, using)
    if missing := every - found.keys():
        raise LookupError(f"no model declares {', '.join(sorted(missing))}")
    for role, labels in wanted.items():
        group, _ = apps.get_model("auth", "Group").objects.using(using).get_or_create(name=role)
        group.permissions.add(*(found[label] for label in sorted(labels)))


def _create(labels: Iterable[str], apps: Any, using: str) -> None:
    for label in sorted(labels):
        config = apps.get_app_config(label)
        if not getattr(config, "models_module", None):
            config.models_module = (
                True  # a migration's stub of an app has none, and is passed over without one
            )
        create_permissions(config, verbosity=0, using=using, apps=apps)


def _found(labels: set[str], apps: Any, using: str) -> dict[str, Any]:
    codenames = {label.partition(".")[2] for label in labels}
    permissions = (
        apps.get_model("auth", "Permission").objects.using(using).select_related("content_type")
    )
    rows = permissions.filter(codename__in=codenames)
    return {f"{row.content_type.app_label}.{row.codename}": row for row in rows}
