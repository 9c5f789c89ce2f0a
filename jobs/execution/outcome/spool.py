"""Outcomes that the database did not take in time: kept on disk, one file each, and written once it
answers again.
"""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Iterable
from dataclasses import dataclass, fields
from datetime import datetime
from pathlib import Path

from django.db import Error
from pydantic import TypeAdapter

from jobs import conf
from jobs.lifecycle.connections import TRANSIENT
from jobs.lifecycle.finish import finish
from jobs.lifecycle.message import Message
from jobs.lifecycle.outcome import Outcome
from jobs.models import RunLog

logger = logging.getLogger(__name__)

AT_ONCE = 100


@dataclass(frozen=True)
class Line:
    """A piece of a run's log that was not stored yet."""

    attempt: int
    seq: int
    created_at: datetime
    text: str
    first_line: int = 1
    last_line: int = 1


@dataclass(frozen=True)
class Kept:
    """What a file holds."""

    message: Message
    outcome: Outcome
    log: tuple[Line, ...] = ()

    def pieces(self) -> list[RunLog]:
        return [RunLog(run_id=self.message.run_id, **vars(line)) for line in self.log]


FILE = TypeAdapter(Kept)
LINE_FIELDS = [field.name for field in fields(Line)]


def keep_outcome(message: Message, outcome: Outcome, log: Iterable[RunLog] = ()) -> None:
    """Put an outcome on disk; what cannot be written there is logged, and left to the lease."""
    lines = tuple(Line(**{name: getattr(piece, name) for name in LINE_FIELDS}) for piece in log)
    facts = {"run_id": str(message.run_id)}
    try:
        path = _write(
            f"{time.time_ns()}-{message.task_id}", FILE.dump_json(Kept(message, outcome, lines))
        )
    except (OSError, ValueError):
        logger.exception("outcome lost: %s", outcome.ending, extra=facts)
    else:
        logger.error("the database is away, outcome kept in %s", path, extra=facts)


def replay() -> dict[str, int]:
    """Write what is on disk into the database, oldest first; raises its error if it still does not
    answer.

    Two workers of one host may do so at once: the second write of an outcome changes nothing.
    """
    files = sorted(_folder().glob("*.json"))[:AT_ONCE]
    return {"outcomes taken from disk": sum(_replay(path) for path in files)}


def _replay(path: Path) -> bool:
    try:
        kept = FILE.validate_json(path.read_bytes())
        finish(kept.message, kept.outcome, log=kept.pieces(), patience_seconds=0)
    except FileNotFoundError:
        return False  # another worker was quicker
    except TRANSIENT:
        raise
    except (OSError, ValueError, Error) as error:
        _set_aside(path, error)
        return False
    path.unlink(missing_ok=True)
    return True


def _set_aside(path: Path, problem: Exception) -> None:
    logger.error("set aside, it cannot be read or stored: %s: %s", path, problem)
    try:
        path.rename(path.with_suffix(".bad"))
    except OSError as error:
        logger.error("cannot be renamed, it will be met again: %s", error)


def _write(name: str, content: bytes) -> Path:
    """Under its name only once it is whole and on the disk."""
    folder = _folder()
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = folder / f"{name}.draft"
    with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:  # noqa: PTH123 - with a mode
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    return draft.rename(folder / f"{name}.json")


def _folder() -> Path:
    return Path(conf.get().spool_dir)
