"""Can others on this machine read what we keep there?"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from django.db import connection

from jobs import conf
from jobs.private import is_open_to_others, mode_of
from jobs.queries.health.finding import HealthFinding

CLOSE = (
    "chmod 700 DATA_DIR; bin/up and manage.py prepare do that, and systemd with "
    "StateDirectoryMode=0700"
)
CLOSE_DATABASE = "chmod 600 the database's file"


def files(host: str) -> Iterator[HealthFinding]:
    """DATA_DIR, and a database's file that lies elsewhere."""
    folder = conf.get().data_dir
    if is_open_to_others(folder):
        detail = f"other users on this machine can read DATA_DIR (mode {mode_of(folder)})"
        yield HealthFinding("files", False, detail, CLOSE, cause=str(folder))
    elif (file := _database_elsewhere(folder)) and is_open_to_others(file):
        detail = f"other users on this machine can open the database file (mode {mode_of(file)})"
        yield HealthFinding("files", False, detail, CLOSE_DATABASE, cause=str(file))
    else:
        yield HealthFinding("files", True, "no other user on this machine can read DATA_DIR")


def _database_elsewhere(folder: Path) -> Path | None:
    if connection.vendor != "sqlite":
        return None
    file = Path(connection.settings_dict["NAME"]).absolute()
    return None if folder.absolute() in file.parents else file
