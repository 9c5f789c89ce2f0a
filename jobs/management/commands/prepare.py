"""``manage.py prepare``: what the database needs before the services start; safe to repeat."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from jobs.embedded import first_run


class Command(BaseCommand):
    """Run it once per release, before the services of that release."""

    help = "Apply migrations; with ADMIN_PASSWORD set, make sure that the user admin may log in with it."
    requires_system_checks = ()

    def handle(self, *_args: Any, **_options: Any) -> None:
        """Print what was done."""
        applied = first_run.migrate()
        self.stdout.write(f"database: {applied} migrations applied" if applied else "database: up to date")
        if password := settings.CONFIG.admin_password:
            first_run.ensure_admin(password)
            self.stdout.write(f"user {first_run.ADMIN}: has the password of ADMIN_PASSWORD")
