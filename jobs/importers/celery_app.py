"""The ``beat_schedule`` of a Celery app that the operator names, asked for in a process of its
own.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from jobs.importers.contents.base import Content, Hints, NoEntry, Place
from jobs.importers.files.document import NOTHING_TOLD, Document
from jobs.importers.files.positions import JsonPath
from jobs.importers.files.problems import UnreadableFile

SECONDS = 60
DUMP = Path(__file__).with_name("celery_app_dump.py")
HINT = "the module is looked for in this folder and on PYTHONPATH"


class OfApp(Content):
    """Values that came from no text, so that they stand on no line."""

    kind = "json"

    def position(self, path: JsonPath) -> Place:
        return 0, 0


def read_app(target: str, told: Hints = NOTHING_TOLD) -> Document:
    """The schedule of ``package.module:app``, or of a mapping that is named so; raises
    UnreadableFile.

    The module is imported, which runs it: only the command line may name one, never an upload.
    """
    answer = _answer(target)
    entries = answer["entries"] | {
        name: NoEntry(f"cannot be kept: {why}", name=name)
        for name, why in answer["unreadable"].items()
    }
    told = Hints(told.zone or answer["zone"], told.user_column)
    return Document(target, source=target, told=told, content=OfApp({"beat_schedule": entries}))


def _answer(target: str) -> dict[str, Any]:
    # As a text, and not as a file, so that the folder one is in comes first where modules are
    # looked for.
    command = [sys.executable, "-c", DUMP.read_text(), target]
    try:
        done = subprocess.run(
            command,
            env=_environment(),
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise UnreadableFile(f"took more than {SECONDS} seconds to be imported") from None
    if done.returncode:
        lines = done.stderr.strip().splitlines() or [f"ended with status {done.returncode}"]
        raise UnreadableFile(f"cannot be imported: {lines[-1][:500]}", hint=HINT)
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def _environment() -> dict[str, str]:
    """Ours without the name of our settings: the app's own ``setdefault`` of its settings must win.

    Django's checks are for a worker to make; some ask the app's database.
    """
    ours = {name: value for name, value in os.environ.items() if name != "DJANGO_SETTINGS_MODULE"}
    return ours | {"CELERY_SKIP_CHECKS": "1"}
