"""Hatchling's hook: the wheel holds the package that ``assembling`` makes."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

sys.path.insert(0, str(Path(__file__).parent))  # hatchling loads this file by its path alone

from assembling import PACKAGE, assemble  # type: ignore[import-not-found]  # beside this file


class WheelHook(BuildHookInterface[Any]):
    """Hatchling calls it before it builds."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Assemble the package in a temporary folder, and have it included."""
        self._folder = tempfile.TemporaryDirectory(prefix="beatwright-wheel-")
        assembled = Path(self._folder.name) / PACKAGE
        assemble(Path(self.root), assembled)
        build_data["force_include"][str(assembled)] = PACKAGE

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        """The folder is no longer needed."""
        self._folder.cleanup()
