"""What can be done to a secret, each made ready for an actor to try: rows of the table of
rights.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.test import override_settings
from django.utils import timezone

from jobs.access.actor import Actor
from jobs.actions.secrets import create_secret, delete_secret, reseal_secrets, update_secret
from jobs.sealing import new_key
from tests.support.builders import make_secret

Call = Callable[[Actor], Any]


def create() -> Call:
    return lambda actor: create_secret(
        {"name": "db", "value": "corr3ct"}, actor=actor, now=timezone.now()
    )


def update() -> Call:
    secret = make_secret("db")
    return lambda actor: update_secret(
        secret.name, {"value": "an0ther"}, actor=actor, now=timezone.now()
    )


def delete() -> Call:
    secret = make_secret("db")
    return lambda actor: delete_secret(secret.name, actor=actor, now=timezone.now())


def reseal() -> Call:
    """With a new first key."""
    make_secret("db")

    def call(actor: Actor) -> Any:
        with override_settings(
            BEATWRIGHT=settings.BEATWRIGHT
            | {"secrets_keys": [new_key(), *settings.BEATWRIGHT["secrets_keys"]]}
        ):
            return reseal_secrets(actor=actor, now=timezone.now())

    return call


CALLS: dict[str, Callable[[], Call]] = {
    "create_secret": create,
    "update_secret": update,
    "delete_secret": delete,
    "reseal_secrets": reseal,
}
