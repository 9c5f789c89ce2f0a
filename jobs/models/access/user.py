"""The project's user model, which may be one of its own: ``AUTH_USER_MODEL`` names it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from django.contrib.auth.models import User
else:
    from django.contrib.auth import get_user_model

    User = get_user_model()

__all__ = ["User"]
