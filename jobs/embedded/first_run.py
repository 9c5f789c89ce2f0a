"""What the parts need before they start: the database's tables, somebody who may log in, and the
static files.

Safe to repeat.
"""

from __future__ import annotations

import secrets

from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

ADMIN = "admin"


def migrate() -> int:
    """Bring the database up to date; return how many migrations that took."""
    executor = MigrationExecutor(connection)
    pending = len(executor.migration_plan(executor.loader.graph.leaf_nodes()))
    if pending:
        call_command("migrate", interactive=False, verbosity=0)
    return pending


def collect_static_files() -> None:
    """Copy them, compressed and under hashed names, to where the web server looks for them."""
    call_command("collectstatic", interactive=False, verbosity=0)


def ensure_admin(password: str) -> str | None:
    """Make sure somebody can log in; return a freshly generated password, to be shown once, or
    None.

    A given ``password`` (ADMIN_PASSWORD) becomes the user ``admin``'s. Without one, ``admin`` is
    created only while there is no superuser. Only hashes are stored.
    """
    if password:
        _set_password(password)
        return None
    if get_user_model().objects.filter(is_superuser=True, is_active=True).exists():
        return None
    generated = secrets.token_urlsafe(12)
    _set_password(generated)
    return generated


def _set_password(password: str) -> None:
    user, created = get_user_model().objects.get_or_create(username=ADMIN)
    if created or not (user.is_superuser and user.is_active):
        user.is_staff = user.is_superuser = user.is_active = True
    elif user.check_password(password):  # setting it again would end every open session
        return
    user.set_password(password)
    user.save()
