"""The peers, as the packages that anybody installs: each set in a virtual environment of its own
under ``var/bench``.

An environment is made at its first use and kept. Its name says nothing about its content: that is
in its stamp.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

from tests.benchmarks.harness.progress import tell
from tests.support.processes import BASE_DIR

FOLDER = BASE_DIR / "var" / "bench"
INSTALL_SECONDS = 600
PROBE = """
import json, sys
from importlib.metadata import version
print(json.dumps({name: version(name) for name in sys.argv[1:]}))
"""


class Environment:
    """The interpreter of one peer and what is installed beside it."""

    def __init__(self, name: str, *packages: str) -> None:
        self.name, self.packages = name, packages
        self.folder = FOLDER / "environments" / name
        self.python = str(self.folder / "bin" / "python")

    def make(self) -> Environment:
        """Install the packages, unless that was done before; raises CalledProcessError with pip's
        output shown.
        """
        stamp = self.folder / "packages.txt"
        wanted = "\n".join((sys.version, *self.packages))
        if not (stamp.exists() and stamp.read_text() == wanted):
            tell(f"installing {', '.join(self.packages)}")
            shutil.rmtree(self.folder, ignore_errors=True)
            self._run(sys.executable, "-m", "venv", str(self.folder))
            self._run(
                self.python,
                "-m",
                "pip",
                "install",
                "--quiet",
                "--disable-pip-version-check",
                *self.packages,
            )
            stamp.write_text(wanted)
        return self

    def versions(self) -> dict[str, str]:
        """The installed version of each package that was asked for."""
        names = [package.partition("[")[0].partition("=")[0] for package in self.packages]
        return dict(json.loads(self._run(self.python, "-c", PROBE, *names)))

    @staticmethod
    def _run(*command: str) -> str:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=INSTALL_SECONDS, check=False
        )
        if done.returncode:
            tell(done.stdout + done.stderr)
            done.check_returncode()
        return done.stdout


def script(name: str) -> Path:
    """A program under ``tests/benchmarks/peers``, to be run by a peer's own interpreter."""
    return BASE_DIR / "tests" / "benchmarks" / "peers" / f"{name}.py"
