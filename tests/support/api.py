"""A program with a token, as the API sees it."""

from __future__ import annotations

import itertools
import json
from collections.abc import Sequence
from typing import Any

from django.apps import apps
from django.contrib.auth.models import Group, User
from django.test import Client
from django.utils import timezone

from jobs.access.actor import SYSTEM
from jobs.access.groups import grant
from jobs.access.roles import ROLES, Role
from jobs.actions.people.tokens import create_token

_numbers = itertools.count(1)


class Api:
    """Requests under one token, which ``tags`` limit to jobs that carry one of them.

    ``role`` None is a superuser, an empty one has no permission at all. ``signed_in`` has a session
    instead.
    """

    def __init__(
        self, role: str | None = None, *, tags: Sequence[str] = (), signed_in: bool = False
    ) -> None:
        user = User.objects.create_user(
            f"program-{next(_numbers)}", is_superuser=role is None, is_staff=True
        )
        if role:
            # The groups that the migrations made are gone after the first test.
            grant(apps, {role: ROLES[Role(role)]})
            user.groups.add(Group.objects.get(name=role))
        made = create_token(user, name="tests", actor=SYSTEM, now=timezone.now(), tags=tags)
        self.name, self.secret = user.username, made.secret
        self._client = (
            Client() if signed_in else Client(headers={"authorization": f"Bearer {made.secret}"})
        )
        if signed_in:
            self._client.force_login(user, "django.contrib.auth.backends.ModelBackend")

    def get(self, path: str, **query: Any) -> Any:
        return self._client.get(_full(path), query)

    def post(self, path: str, body: Any = None, **headers: str) -> Any:
        return self.send("post", path, body, **headers)

    def send(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        """``headers`` with underscores for hyphens: ``if_match='"v1"'``."""
        text = body if isinstance(body, str | bytes) else json.dumps({} if body is None else body)
        call = getattr(self._client, method)
        return call(_full(path), text, content_type="application/json", headers=_named(headers))

    def upload(self, path: str, file: Any = None, **headers: str) -> Any:
        return self._client.post(
            _full(path), {"file": file} if file else {}, headers=_named(headers)
        )


def _full(path: str) -> str:
    """An address under /api/v1/, or as it is where it begins with a slash."""
    return path if path.startswith(("/", "http")) else f"/api/v1/{path}"


def _named(headers: dict[str, str]) -> dict[str, str]:
    return {name.replace("_", "-"): value for name, value in headers.items()}


def fields_at_fault(response: Any) -> list[str]:
    """Of a problem: the fields it names."""
    assert response["Content-Type"] == "application/problem+json", response.content
    return [error["field"] for error in response.json()["errors"]]
