"""What must hold before anything is started; each breach is one sentence that says what to do."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterable
from pathlib import Path

from django.core.management import CommandError

# An instance that was killed gives its port back only when its last process has noticed.
_PORT_PATIENCE_SECONDS = 2.0


def check_port(port: int, *, variable: str = "PORT") -> None:
    """Raise CommandError naming the ``variable`` unless 127.0.0.1:port can be bound."""
    deadline = time.monotonic() + _PORT_PATIENCE_SECONDS
    while (problem := _binding_problem(port)) and time.monotonic() < deadline:
        time.sleep(0.2)
    if problem:
        raise CommandError(
            f"{variable}: cannot listen on 127.0.0.1:{port} ({problem}); set {variable} to a "
            "free one."
        )


def check_schedule_files(files: Iterable[str]) -> None:
    """Raise CommandError naming the first schedule file that is not there."""
    for name in files:
        if not Path(name).is_file():
            raise CommandError(f"SCHEDULE_FILES: there is no file at {Path(name).absolute()}.")


def _binding_problem(port: int) -> str:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            return error.strerror or str(error)
    return ""
