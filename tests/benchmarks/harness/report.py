"""The table that a benchmark prints, and the file that it leaves."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from typing import Any

from tests.benchmarks.harness.environments import FOLDER
from tests.support.processes import BASE_DIR

OURS = ("celery", "kombu", "redis", "Django", "psycopg")


def machine() -> dict[str, Any]:
    """What the figures depend on and a reader cannot see."""
    return {
        "cores": len(os.sched_getaffinity(0)),
        "load at the start": round(os.getloadavg()[0], 2),
        "kernel": platform.release(),
        "python": platform.python_version(),
        "measured at": f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC",
        "beatwright with": {name: version(name) for name in OURS},
    }


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """In Markdown, the columns aligned: it is read in terminals, too."""
    lines = [list(head), *map(list, rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(head))]
    texts = [
        " | ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True))
        for line in lines
    ]
    rule = "|".join("-" * (width + 2) for width in widths)
    return "\n".join([f"| {texts[0]} |", f"|{rule}|", *(f"| {text} |" for text in texts[1:])])


def publish(
    name: str, printed: str, settings: Mapping[str, Any], results: Mapping[str, Any]
) -> None:
    """Print the table with its settings below, and write ``var/bench/NAME.json``."""
    about = machine() | dict(settings)
    told = "; ".join(f"{key} {_said(value)}" for key, value in about.items())
    print(f"{printed}\n\n{told}")
    FOLDER.mkdir(parents=True, exist_ok=True)
    file = FOLDER / f"{name}.json"
    file.write_text(json.dumps({"settings": about, "results": results}, indent=2) + "\n")
    print(f"\nwritten to {file.relative_to(BASE_DIR)}")


def _said(value: Any) -> str:
    return (
        " ".join(f"{key} {one}" for key, one in value.items())
        if isinstance(value, dict)
        else str(value)
    )
