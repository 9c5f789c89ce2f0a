"""Who has a second factor. django-allauth keeps that, and is a part of the site where it is
wanted.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.apps import apps

from jobs.models.access.user import User

APP = "allauth.mfa"
MODEL = ("mfa", "Authenticator")


def are_in_use() -> bool:
    """Whether anybody here can have one."""
    return apps.is_installed(APP)


def authenticators() -> Any:
    """The rows of apps and recovery codes; None where there are no second factors."""
    if not are_in_use():
        return None
    model: Any = apps.get_model(*MODEL)
    return model.objects.all()


def who_has_one(users: Iterable[User]) -> set[int]:
    """One query, or none where there are no second factors: the ids of those who have one."""
    rows = authenticators()
    if rows is None:
        return set()
    found = rows.filter(user_id__in=[user.pk for user in users], type="totp")
    return set(found.values_list("user_id", flat=True))
