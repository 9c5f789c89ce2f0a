"""``manage.py prepare``: what the services need before they start; safe to repeat."""

from __future__ import annotations

from typing import Any

from jobs import conf
from jobs.embedded import first_run
from jobs.embedded.directories import close_to_others, make_writable
from jobs.management.own_site import own_site
from jobs.management.plain import PlainCommand


class Command(PlainCommand):
    """Run it once per release, before the services of that release."""

    help = (
        "Migrate; make DATA_DIR, closed to others; collect the static files there; with "
        "ADMIN_PASSWORD set, the user admin may log in with it."
    )
    requires_system_checks = ()

    def handle(self, *_args: Any, **_options: Any) -> None:
        """Print what was done."""
        site, data_dir = own_site("Run manage.py migrate."), conf.get().data_dir
        if before := close_to_others(make_writable(data_dir)):
            self.stdout.write(f"data: {data_dir} was open to others (mode {before}); closed")
        applied = first_run.migrate()
        self.stdout.write(
            f"database: {applied} migrations applied" if applied else "database: up to date"
        )
        first_run.collect_static_files()
        if password := site.admin_password:
            first_run.ensure_admin(password)
            self.stdout.write(f"user {first_run.ADMIN}: has the password of ADMIN_PASSWORD")
