"""What a benchmark stands on: Django set up on an empty database of its own."""

from __future__ import annotations

import os

import django


def choose_database(name: str) -> None:
    """Before Django is set up: ``sqlite`` or ``postgresql``."""
    os.environ["TEST_DATABASE"] = name
    from tests.support import environment, postgres  # noqa: PLC0415 - reads TEST_DATABASE

    if environment.database() == "postgresql":
        shared = postgres.shared()
        os.environ["DATABASE_URL"] = shared.url(shared.create_database())


def set_up() -> None:
    """Django, and all tables."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "scheduler_site.settings")
    django.setup()
    from django.core.management import call_command  # noqa: PLC0415 - Django has to be set up first

    call_command("migrate", verbosity=0)
