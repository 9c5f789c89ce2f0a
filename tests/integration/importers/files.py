"""Schedule files for the tests of this folder."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from django.utils import timezone

from jobs.importers.planning.ownership import IMPORTER
from jobs.importers.planning.plan import Plan
from jobs.importers.service import import_files


def entry(name: str = "a", **fields: Any) -> dict[str, Any]:
    """A job in our own form, by default an EchoTask every hour."""
    return {"name": name, "task": "EchoTask", "schedule": "0 * * * *"} | fields


def write(path: Path, *entries: dict[str, Any]) -> str:
    path.write_text(json.dumps({"jobs": entries}, indent=1))
    return str(path)


def run(*paths: str, **options: Any) -> Plan:
    return import_files(paths, actor=IMPORTER, now=timezone.now(), **options)
