"""manage.py without an activated environment."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

from tests.support.processes import BASE_DIR

BARE_PYTHON = Path(sys.base_prefix) / "bin" / "python3"


def test_it_runs_with_the_interpreter_that_bin_up_has_installed_for(tmp_path: Path) -> None:
    script = Path(shutil.copy(BASE_DIR / "manage.py", tmp_path))
    interpreter = tmp_path / ".venv" / "bin" / "python"
    interpreter.parent.mkdir(parents=True)
    interpreter.write_text('#!/bin/sh\necho "asked for: $*"\n')
    interpreter.chmod(0o755)
    done = subprocess.run(
        [BARE_PYTHON, "-I", script, "job", "list"], capture_output=True, text=True, check=True
    )
    assert done.stdout == f"asked for: {script} job list\n"
