"""Whether a file may change a job that is there already."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from jobs.access.actor import Actor, Surface
from jobs.importers.files.drafts import Draft, Reading
from jobs.importers.planning.stored import Row

IMPORT = "import"
# How the source of a job begins that code declares, of one that the application makes, and of one
# that holds the calls of a task.
CODE, APPLICATION, CALLS = "code:", "app:", "calls:"
IMPORTER = Actor(IMPORT, Surface.IMPORT)


def refusal(
    draft: Draft, row: Row, differs: dict[str, tuple[Any, Any]], reading: Reading
) -> tuple[str, str] | None:
    """Why the draft may not become this stored job, and a hint; None when it may.

    A job belongs to the file that made it, or to nobody (console, API). A file takes over a job of
    nobody only where the two say the same, and another file's only once that file has let it go.
    """
    owner = row["source"]
    if owner == draft.source:
        return None
    if not owner:
        return _of_nobody(draft, differs)
    if _has_let_go(owner, draft.name, row, reading):
        return None
    return (
        f"the job belongs to {owner}",
        "take it out of that file first, or give one of the two another name",
    )


def _of_nobody(draft: Draft, differs: dict[str, tuple[Any, Any]]) -> tuple[str, str] | None:
    others = sorted(differs.keys() - {"source"})
    if not others:
        return None
    message = f"a job of this name that no file owns differs in {', '.join(others)}"
    return message, "rename one of the two, or make them alike: then this file takes the job over"


def _has_let_go(owner: str, name: str, row: Row, reading: Reading) -> bool:
    if owner in reading.complete:
        return name not in reading.names[owner]
    was_pruned = not row["enabled"] and row["paused_by"] == IMPORT
    return was_pruned or (Path(owner).is_absolute() and not Path(owner).exists())
