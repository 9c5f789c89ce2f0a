"""The environment every test runs in, set before Django reads its settings: a pytest plugin, loaded
with ``-p``.

Nothing of the developer's own configuration reaches a test: the variables are unset and no .env
file is read. TEST_DATABASE=sqlite (the default) or postgresql chooses the database of the tests
that run in pytest's process.
"""

from __future__ import annotations

import atexit
import os
import shutil
import signal
import tempfile
from pathlib import Path

import pytest

from scheduler_site.config import Config
from scheduler_site.sources import older_variables
from tests.support import postgres


def _test_dir() -> Path:
    """One folder a test run; xdist's workers find it in the environment they inherit."""
    if "TEST_DIR" not in os.environ:
        os.environ["TEST_DIR"] = tempfile.mkdtemp(prefix="bw-test-")
        # Not pytest's own end: Django's set-up may fail before pytest has begun.
        atexit.register(shutil.rmtree, os.environ["TEST_DIR"], ignore_errors=True)
    return Path(os.environ["TEST_DIR"])


def _prepare() -> None:
    older = (
        *older_variables.HTTP_PORTS,
        *older_variables.GRPC_PORTS,
        older_variables.REDIS,
        *older_variables.NOT_READ,
    )
    for name in [*(name.upper() for name in Config.model_fields), *older, "CONFIG_FILE"]:
        os.environ.pop(name, None)
    data_dir = _test_dir() / os.environ.get("PYTEST_XDIST_WORKER", "main")
    data_dir.mkdir(exist_ok=True, mode=0o700)  # as bin/up makes it
    (data_dir / "static").mkdir(parents=True, exist_ok=True)  # whitenoise warns where it is missing
    os.environ |= {
        "ENV_FILE": "",
        "DATA_DIR": str(data_dir),
        "SECRET_KEY": "for tests only",
        "LOG_LEVEL": "WARNING",
    }
    os.environ["MESSAGE_KEYS"] = "for tests only: seals the messages of all"
    os.environ["LOGIN_RATE_PER_MINUTE"] = "0"  # all tests sign in from one address
    if database() == "postgresql":
        os.environ["DATABASE_URL"] = postgres.shared().url("beatwright")


def database() -> str:
    """``sqlite`` or ``postgresql``."""
    name = os.environ.get("TEST_DATABASE", "sqlite")
    if name not in {"sqlite", "postgresql"}:
        raise ValueError(f"TEST_DATABASE is {name!r}; it may be sqlite or postgresql")
    return name


def _end_tidily(number: int, _frame: object) -> None:
    """SIGTERM ends the run as Ctrl-C does, so that the processes that tests started are ended
    too.
    """
    if os.getpid() == _OWNER:
        pytest.exit("terminated", returncode=128 + number)
    # A fork of ours has nothing to tidy up.
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    os.kill(os.getpid(), number)


def pytest_configure() -> None:
    signal.signal(signal.SIGTERM, _end_tidily)


_OWNER = os.getpid()
_prepare()
