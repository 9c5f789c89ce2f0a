"""Finding what an installation declares: the module ``schedules`` of every app."""

from __future__ import annotations

import traceback
from dataclasses import dataclass, field
from importlib import import_module

from django.apps import AppConfig, apps
from django.utils.module_loading import module_has_submodule

from jobs.declaring.declaration import Declaration, registry
from jobs.importers.files.problems import Problem

MODULE = "schedules"
OURS = "beatwright"  # the label of the app whose own package of that name declares nothing


@dataclass
class Found:
    """The declarations by the module that made them, and what could not be imported.

    A module that declares nothing is there too: what it had declared is declared no longer.
    """

    modules: dict[str, list[Declaration]] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)


def discover() -> Found:
    """Import what was not imported yet; costs next to nothing the second time."""
    found = Found()
    for config in apps.get_app_configs():
        name = f"{config.name}.{MODULE}"
        if config.label == OURS or not _has_schedules(config):
            continue
        try:
            import_module(name)
        except Exception as error:  # noqa: BLE001  # whatever a project's module raises is told
            registry.forget(name)
            found.problems.append(_unimportable(name, error))
        else:
            found.modules[name] = []
    for declaration in registry.declarations:
        found.modules.setdefault(declaration.module, []).append(declaration)
    return found


def _has_schedules(config: AppConfig) -> bool:
    return config.module is not None and module_has_submodule(config.module, MODULE)


def _unimportable(name: str, error: Exception) -> Problem:
    """The place is the last line of the module itself that was executed."""
    ending = f"{name.replace('.', '/')}.py"
    steps = [
        step for step in traceback.extract_tb(error.__traceback__) if step.filename.endswith(ending)
    ]
    line = (steps[-1].lineno or 0) if steps else getattr(error, "lineno", None) or 0
    message = f"cannot be imported: {type(error).__name__}: {error}"
    return Problem(ending, line, 1 if line else 0, "", "", "", message)
