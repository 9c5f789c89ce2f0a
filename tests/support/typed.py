"""Management commands as they are typed, in pytest's own process."""

from __future__ import annotations

import json
from io import StringIO
from typing import Any

from django.core.management import call_command


def manage(*words: str) -> str:
    """What the command prints; raises CommandError."""
    out = StringIO()
    call_command(*words, stdout=out)
    return out.getvalue()


def manage_json(*words: str) -> Any:
    """What it prints with --json."""
    return json.loads(manage(*words, "--json"))
