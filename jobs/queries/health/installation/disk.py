"""Is there room in DATA_DIR, and may we write there?"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from jobs import conf
from jobs.queries.health.finding import HealthFinding

MEGABYTE = 1024 * 1024
BLOCK = b"\0" * 4096
REMEDY = "free some space on the disk of DATA_DIR, or set DATA_DIR to a writable folder"


def disk(host: str) -> Iterator[HealthFinding]:
    """Writes one block to a file without a name, and looks at what is left."""
    folder = conf.get().data_dir
    try:
        _write_block(folder)
        free = shutil.disk_usage(folder).free // MEGABYTE
    except OSError as error:
        yield HealthFinding(
            "disk", False, "DATA_DIR cannot be written", REMEDY, cause=f"{folder}: {error.strerror}"
        )
        return
    least = conf.get().disk_free_megabytes
    yield HealthFinding(
        "disk",
        free >= least,
        f"{free} MB free, {least} MB required",
        REMEDY,
        facts={"free_megabytes": free},
    )


def _write_block(folder: Path) -> None:
    with tempfile.TemporaryFile(dir=folder, buffering=0) as file:
        file.write(BLOCK)
        os.fsync(file.fileno())
