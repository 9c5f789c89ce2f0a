"""Imports go one way, and stand where they can be seen."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

from tests.architecture import source


def test_the_layers_hold() -> None:
    command = [str(Path(sys.executable).parent / "lint-imports"), "--no-cache"]
    done = subprocess.run(command, cwd=source.BASE_DIR, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_no_import_hides_in_a_function() -> None:
    hidden = [
        f"{source.name_of(path)}:{node.lineno} in {function.name}"
        for path in source.python_files(*source.PACKAGES)
        for function in source.functions(path)
        for node in ast.walk(function)
        if isinstance(node, ast.Import | ast.ImportFrom) and function.name != "ready"
    ]
    assert hidden == []
