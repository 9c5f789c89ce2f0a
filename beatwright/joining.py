"""What Beatwright adds to a project's settings when the project starts, so that nobody has to write
it there.
"""

from __future__ import annotations

from collections.abc import Iterable
from importlib.util import find_spec
from typing import Any

from django.apps import apps
from django.core.exceptions import ImproperlyConfigured

LIFECYCLE = "lifecycle"
_added: list[str] = []
# Apps by their package, and what stands for them in INSTALLED_APPS. They come after the project's
# own, so that none of their templates or static files replaces one of the project's. Unfold's basic
# form leaves the project's admin alone.
APPS = {
    "django_celery_beat": "django_celery_beat",
    "django_celery_results": "django_celery_results",
    "django.contrib.humanize": "django.contrib.humanize",
    "unfold": "unfold.apps.BasicAppConfig",
}
SQLITE = {"transaction_mode": "IMMEDIATE", "timeout": 5}


def add_apps(installed: Any) -> None:
    """Add those that are missing and can be imported; raises ImproperlyConfigured for a tuple,
    which cannot grow.
    """
    missing = [
        entry
        for package, entry in APPS.items()
        if not _has(installed, package) and find_spec(package)
    ]
    if missing and not isinstance(installed, list):
        raise ImproperlyConfigured(
            "INSTALLED_APPS must be a list: beatwright adds the apps that it needs to it."
        )
    installed.extend(missing)
    _added.extend(missing)


def leave_admin(site: Any) -> None:
    """Take out of the project's own admin what the apps that were added have put there: it stays as
    it was.
    """
    for config in apps.get_app_configs():
        for model in config.get_models() if config.name in _added else ():
            if site.is_registered(model):
                site.unregister(model)


def _has(installed: Iterable[str], package: str) -> bool:
    return any(entry == package or entry.startswith(f"{package}.apps.") for entry in installed)


def add_lifecycle(databases: dict[str, dict[str, Any]]) -> None:
    """The default database once more, over connections of our own, for claims, outcomes and logs.

    A task's open transaction neither hides nor blocks what is written there.
    """
    if LIFECYCLE in databases:
        return
    default = databases["default"]
    options = dict(default.get("OPTIONS", {}))
    if default["ENGINE"].endswith("sqlite3"):
        options = {**SQLITE, **options}
    engine = default["ENGINE"]
    if engine in {
        "django.db.backends.postgresql",
        "django.db.backends.postgresql_psycopg2",
    } and find_spec("psycopg"):
        engine = "jobs.database.postgresql"
    test = {**default.get("TEST", {}), "MIRROR": "default"}
    lasting = {"CONN_MAX_AGE": 600, "CONN_HEALTH_CHECKS": True}
    databases[LIFECYCLE] = {
        **default,
        **lasting,
        "ENGINE": engine,
        "OPTIONS": options,
        "TEST": test,
    }
