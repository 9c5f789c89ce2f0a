"""What ``manage.py check --deploy`` says of a production site, beside Django's own."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Tags, Warning, register  # noqa: A004  # Django's name


@register(Tags.security, deploy=True)
def message_keys_are_set(**_: Any) -> list[CheckMessage]:
    """Keys that were made in DATA_DIR are this machine's alone, unless DATA_DIR is shared."""
    if not getattr(settings.MESSAGE_KEYS, "are_kept", False):
        return []
    return [
        Warning(
            "MESSAGE_KEYS is not set: the key of this DATA_DIR seals the messages, and processes with another DATA_DIR"
            " refuse them.",
            hint="Set MESSAGE_KEYS to one long random text for all web servers, schedulers and workers.",
            id="jobs.W001",
        )
    ]
