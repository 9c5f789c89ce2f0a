"""Who may import."""

from __future__ import annotations

from django.contrib.auth.models import AnonymousUser, User

PERMISSIONS = ("jobs.add_job", "jobs.change_job")


def may_import(user: User | AnonymousUser) -> bool:
    """An import makes jobs and changes jobs, so it takes the right to both."""
    return user.has_perms(PERMISSIONS)
