"""Some of Beatwright's own settings for as long as a test lasts; the others stay as they are."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.test import override_settings


def configured(**changes: Any) -> override_settings:
    """A decorator and a context: ``with configured(allow_commands=True):``."""
    return override_settings(BEATWRIGHT=settings.BEATWRIGHT | changes)
