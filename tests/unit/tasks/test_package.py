"""A file dropped into the package is registered without further wiring."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import tasks
from tests.support.processes import SET_UP

DROPPED = '''
from celery import shared_task


@shared_task(name="dropped.in")
def dropped_in() -> None:
    """Do nothing."""
'''
LISTING = f"{SET_UP}; from jobs.params import registry; print(*registry.registered())"


def test_a_file_dropped_into_the_package_is_registered_and_a_helper_is_not(tmp_path: Path) -> None:
    package = Path(tasks.__file__).parent
    shutil.copytree(package, tmp_path / "tasks", ignore=shutil.ignore_patterns("__pycache__"))
    (tmp_path / "tasks" / "dropped.py").write_text(DROPPED)
    (tmp_path / "tasks" / "_helper.py").write_text(DROPPED.replace("dropped.in", "not.imported"))
    environment = os.environ | {"PYTHONPATH": str(package.parent)}
    done = subprocess.run(
        [sys.executable, "-c", LISTING],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    names = done.stdout.split()
    assert "dropped.in" in names
    assert "LogTask" in names
    assert "not.imported" not in names
