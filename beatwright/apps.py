"""Django's way in: ``INSTALLED_APPS += ["beatwright"]``."""

from __future__ import annotations

from types import ModuleType

from django.conf import settings
from django.contrib import admin
from django.db import connections

from beatwright.joining import add_apps, add_lifecycle, leave_admin
from jobs.apps import JobsConfig


class BeatwrightConfig(JobsConfig):
    """The app itself. Its models and migrations have the label ``beatwright``."""

    default = True

    def __init__(self, app_name: str, app_module: ModuleType | None) -> None:
        """Django makes this while it reads INSTALLED_APPS: what is added behind it is read next."""
        super().__init__(app_name, app_module)
        add_apps(settings.INSTALLED_APPS)
        add_lifecycle(connections.databases)

    def ready(self) -> None:
        """Register what ``manage.py check`` says of a project."""
        from beatwright import checks  # noqa: PLC0415  # needs the apps

        super().ready()
        checks.register_checks()
        leave_admin(admin.site)
