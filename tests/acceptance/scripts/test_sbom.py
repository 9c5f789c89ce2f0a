"""bin/sbom: a bill of materials names what an installation holds, in the versions that are
locked.
"""

from __future__ import annotations

import json
import re
import subprocess

import pytest

from tests.support.processes import BASE_DIR

pytestmark = pytest.mark.takes_turns(reason="a virtual environment of its own")

LOCKED = re.compile(r"^([A-Za-z0-9._-]+)==([^ ;]+)", re.MULTILINE)


@pytest.mark.only_in_all(
    reason="installs the locked packages once more, and the tool that reads them"
)
@pytest.mark.timeout(600)
def test_it_names_every_locked_package_with_its_version() -> None:
    done = subprocess.run(
        [BASE_DIR / "bin" / "sbom"], capture_output=True, text=True, timeout=500, check=False
    )
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    named = {(_name(component["name"]), component["version"]) for component in told["components"]}
    locked = LOCKED.findall((BASE_DIR / "requirements.txt").read_text())
    assert len(locked) > 50
    assert {(_name(name), version) for name, version in locked} <= named
    assert told["metadata"]["component"]["name"] == "beatwright"


def test_a_file_that_is_not_there_is_named() -> None:
    done = subprocess.run(
        [BASE_DIR / "bin" / "sbom", "nothing.txt"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert "there is no file nothing.txt" in done.stderr


def _name(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
