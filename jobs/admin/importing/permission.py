"""Who may import."""

from __future__ import annotations

from django.contrib.auth.models import AnonymousUser

from jobs.models.access.user import User

PERMISSION = "beatwright.import_job"


def may_import(user: User | AnonymousUser) -> bool:
    """Whether they may open the page at all; which jobs are theirs to change is asked when a plan
    is applied.
    """
    return user.has_perm(PERMISSION)
