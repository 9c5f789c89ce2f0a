"""Importing the modules that hold tasks, each by itself: one that fails is named, and the others
are there.

What a module had registered before it failed is taken back: its functions would run in a module
that is half there.
"""

from __future__ import annotations

import importlib
import logging
import pkgutil
import sys
import traceback
import warnings
from collections.abc import Iterable, Iterator
from importlib.machinery import ModuleSpec
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple
from weakref import WeakKeyDictionary

from celery import Celery
from celery.exceptions import DuplicateTaskNameWarning  # type: ignore[attr-defined]  # newer than its stubs
from django.apps import apps

logger = logging.getLogger(__name__)


class OddModule(NamedTuple):
    """A module that is not imported (``is_missing``), or one of whose names an earlier one has
    taken.
    """

    module: str
    place: str
    problem: str
    is_missing: bool = True

    def may_hold(self, task: str) -> bool:
        """Whether the task would be there if the module were: by its name, or by what its source
        says.
        """
        if not self.is_missing:
            return False
        if task.startswith(f"{self.module}."):
            return True
        source = _source(self.place)
        return f'"{task}"' in source or f"'{task}'" in source


_odd: WeakKeyDictionary[Celery, list[OddModule]] = WeakKeyDictionary()


def import_tasks(app: Celery, named: Iterable[str]) -> None:
    """Import the ``tasks`` module of each Django app that has one, and the ``named`` modules and
    packages.

    Of a package every module is imported whose name does not begin with an underscore. What is
    wrong is logged, and kept for ``odd_modules``.
    """
    # from here on a task is registered where it is written, and so by the module that is imported
    # then
    app.finalize()
    found = [
        odd for name in dict.fromkeys([*_of_apps(), *_members(named)]) for odd in _import(app, name)
    ]
    for odd in found:
        logger.error("tasks in %s: %s", odd.place, odd.problem)
    _odd[app] = found


def odd_modules(app: Celery) -> list[OddModule]:
    """What was wrong when this process imported its tasks."""
    return _odd.get(app, [])


def _of_apps() -> Iterator[str]:
    return (
        f"{config.name}.tasks" for config in apps.get_app_configs() if _spec(f"{config.name}.tasks")
    )


def _spec(name: str) -> ModuleSpec | None:
    """Where the module is; None where there is none, and where the package around it cannot be
    imported.
    """
    try:
        return find_spec(name)
    except (Exception, SystemExit):  # noqa: BLE001  # importing the name itself says what is wrong
        return None


def _members(named: Iterable[str]) -> Iterator[str]:
    """Each name, and behind a package's the names of its modules."""
    for name in named:
        yield name
        spec = _spec(name)
        for module in pkgutil.iter_modules((spec and spec.submodule_search_locations) or ()):
            if not module.name.startswith("_"):
                yield f"{name}.{module.name}"


def _import(app: Celery, name: str) -> Iterator[OddModule]:
    before = set(app.tasks)
    with warnings.catch_warnings(record=True) as heard:
        warnings.simplefilter("always", DuplicateTaskNameWarning)
        try:
            importlib.import_module(name)
        except (Exception, SystemExit) as error:  # noqa: BLE001  # whatever somebody's module does
            _take_back(app, set(app.tasks) - before)
            yield OddModule(name, _place(name), _reason(name, error))
    for warning in heard:
        if issubclass(warning.category, DuplicateTaskNameWarning):
            yield OddModule(name, _place(name), _taken(str(warning.message)), is_missing=False)
        else:
            warnings.warn_explicit(
                warning.message, warning.category, warning.filename, warning.lineno
            )


def _take_back(app: Celery, names: Iterable[str]) -> None:
    """Python has forgotten the module that failed; what it imported successfully stays, with its
    tasks.
    """
    for name in names:
        if type(app.tasks[name]).__module__ not in sys.modules:
            app.tasks.unregister(name)


def _place(name: str) -> str:
    """The module's file; its name where there is none."""
    spec = _spec(name)
    if spec is None or not spec.origin:
        return name
    path = Path(spec.origin)
    return str(path.relative_to(Path.cwd())) if path.is_relative_to(Path.cwd()) else str(path)


def _reason(name: str, error: BaseException) -> str:
    if (
        isinstance(error, ModuleNotFoundError)
        and error.name
        and f"{name}.".startswith(f"{error.name}.")
    ):
        return f"there is no module {error.name!r} on PYTHONPATH"
    told = str(error).partition("\n")[0]
    line = f", line {number}" if (number := _line(name, error)) else ""
    return f"cannot be imported{line}: {type(error).__name__}{': ' + told if told else ''}"


def _line(name: str, error: BaseException) -> int | None:
    """The line of the module's own file that failed; a syntax error tells its own place."""
    spec = None if isinstance(error, SyntaxError) else _spec(name)
    frames = traceback.extract_tb(error.__traceback__) if spec else []
    return next(
        (frame.lineno for frame in reversed(frames) if spec and frame.filename == spec.origin), None
    )


def _taken(warning: str) -> str:
    """Celery's warning of several lines in one: the name, who has it, and who does not get it."""
    lines = [line.strip() for line in warning.splitlines() if line.strip()]
    told = dict(line.split(":", 1) for line in lines if line.startswith(("Existing:", "New:")))
    name = lines[0].partition("'")[2].partition("'")[0]
    first, second = told.get("Existing", "").strip(), told.get("New", "").strip()
    return f"the task name {name!r} is already taken by {first}; {second} is ignored"


def _source(place: str) -> str:
    try:
        return Path(place).read_text(errors="replace")
    except OSError:
        return ""
