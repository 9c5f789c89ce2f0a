"""One ``up`` per DATA_DIR: an advisory lock that the kernel drops with its holder."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.core.management import CommandError


@contextmanager
def only_instance(data_dir: Path) -> Iterator[None]:
    """Hold ``DATA_DIR/up.lock``; raise CommandError naming the process that holds it already."""
    with (data_dir / "up.lock").open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            holder = file.read().strip() or "unknown"
            raise CommandError(
                f"Beatwright is already running on {data_dir} (process {holder})."
            ) from None
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield
