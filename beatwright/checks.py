"""What ``manage.py check`` says of a project that Beatwright has been added to: what is missing,
and what to write.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from celery._state import get_current_app
from django.apps import apps
from django.contrib.auth import get_user_model
from django.core.checks import CheckMessage, Error, Warning, register  # noqa: A004  # Django's name
from django.db import DEFAULT_DB_ALIAS, connections
from django.urls import NoReverseMatch, reverse

from jobs.execution.app import JobsApp

NEEDED_APPS = (
    "django.contrib.admin", "django.contrib.auth", "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages", "django.contrib.staticfiles",
)  # fmt: skip
DATABASES = {"postgresql", "sqlite"}
OF_A_PERSON = ("is_staff", "is_superuser", "get_all_permissions", "groups")


def app_is_installed(**_: Any) -> list[CheckMessage]:
    """Registered by ``setup``, as an app that is missing registers nothing itself."""
    if any(config.label == "beatwright" for config in apps.get_app_configs()):
        return []
    hint = 'Add "beatwright" to INSTALLED_APPS, then run manage.py migrate.'
    return [
        Error(
            "beatwright.setup(app) is called, and beatwright is not installed.",
            hint=hint,
            id="beatwright.E001",
        )
    ]


def app_is_set_up() -> Iterator[CheckMessage]:
    """The Celery app of the project is one of ours."""
    if not isinstance(get_current_app(), JobsApp):
        text = "No Celery app of this project can execute jobs."
        hint = (
            "Write beatwright.setup(app) below app = Celery(…), and import that module in "
            "the project's __init__.py."
        )
        yield Error(text, hint=hint, id="beatwright.E002")


def needed_apps_are_installed() -> Iterator[CheckMessage]:
    """What the console stands on."""
    if missing := [name for name in NEEDED_APPS if not apps.is_installed(name)]:
        hint = f"Add to INSTALLED_APPS: {', '.join(missing)}."
        yield Error(
            "Apps of Django's are missing that Beatwright needs.", hint=hint, id="beatwright.E003"
        )


def people_have_permissions() -> Iterator[CheckMessage]:
    """The project's user model is one that Django's permissions work with."""
    model = get_user_model()
    if missing := [name for name in OF_A_PERSON if not hasattr(model, name)]:
        text = (
            f"{model._meta.label} has no {', '.join(missing)}, by which Beatwright knows "
            "who may do what."
        )
        hint = "Let it inherit django.contrib.auth.models.PermissionsMixin, and give it is_staff."
        yield Error(text, hint=hint, id="beatwright.E004")


def database_is_known() -> Iterator[CheckMessage]:
    """PostgreSQL, or SQLite with transactions that wait for their turn."""
    connection = connections[DEFAULT_DB_ALIAS]
    if connection.vendor not in DATABASES:
        hint = "Use PostgreSQL, or SQLite to try it out."
        yield Error(
            f"Beatwright does not work on {connection.vendor}.", hint=hint, id="beatwright.E005"
        )
    elif (
        connection.vendor == "sqlite"
        and "transaction_mode" not in connection.settings_dict["OPTIONS"]
    ):
        text = "SQLite ends transactions of several processes with “database is locked”."
        hint = (
            'Set DATABASES["default"]["OPTIONS"] = {"transaction_mode": "IMMEDIATE", '
            '"timeout": 30}.'
        )
        yield Warning(text, hint=hint, id="beatwright.W006")


def console_has_an_address() -> Iterator[CheckMessage]:
    """It may do without one, as a process that only works does; nobody should by oversight."""
    try:
        reverse("beatwright:index")
    except NoReverseMatch:
        hint = 'Add path("beatwright/", include("beatwright.urls")) to urlpatterns.'
        yield Warning("The console and the API have no address.", hint=hint, id="beatwright.W007")


CHECKS: tuple[Callable[[], Iterator[CheckMessage]], ...] = (
    app_is_set_up,
    needed_apps_are_installed,
    people_have_permissions,
    database_is_known,
    console_has_an_address,
)


def register_checks() -> None:
    """Register them all."""
    register(project_is_ready)


def project_is_ready(**_: Any) -> list[CheckMessage]:
    """One after the other.

    Wrong entries of BEATWRIGHT have ended the start before any check, each by its name.
    """
    return [message for check in CHECKS for message in check()]
