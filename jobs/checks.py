"""What ``manage.py check --deploy`` says of a production site, beside Django's own."""

from __future__ import annotations

from typing import Any

from django.core.checks import CheckMessage, Tags, Warning, register  # noqa: A004  # Django's name

from jobs import conf

SHARED = {
    "message_keys": (
        (
            "the key of this DATA_DIR seals the messages, and processes with another DATA_DIR "
            "refuse them."
        ),
        "Set MESSAGE_KEYS to one long random text for all web servers, schedulers and workers.",
    ),
    "secrets_keys": (
        (
            "the key of this DATA_DIR encrypts secrets, and workers with another DATA_DIR cannot "
            "open them."
        ),
        "Set SECRETS_KEYS, which manage.py secret new-key makes, for all web servers and workers.",
    ),
}


@register(Tags.security, deploy=True)
def keys_are_set(**_: Any) -> list[CheckMessage]:
    """Keys that were made in DATA_DIR are this machine's alone, unless DATA_DIR is shared."""
    return [
        Warning(f"{name.upper()} is not set: {what}", hint=hint, id=f"beatwright.W00{number}")
        for number, (name, (what, hint)) in enumerate(SHARED.items(), start=1)
        if name in conf.get().keys_made_here
    ]
