"""Who looks after the rights of others."""

from __future__ import annotations

from django.contrib.auth.models import User

NAMED = 5
BACKEND = "django.contrib.auth.backends.ModelBackend"


def who_can_grant() -> list[str]:
    """One query: the names of at most five people who may change what somebody may do."""
    people = User.objects.with_perm("auth.change_user", backend=BACKEND)
    return list(people.order_by("username").values_list("username", flat=True)[:NAMED])
