"""An app whose ``schedules.py`` declares jobs, for tests."""

from __future__ import annotations

import importlib
import importlib.util
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from textwrap import dedent

from django.apps import AppConfig, apps

from jobs.declaring.declaration import registry

IMPORTS = """from beatwright import cron, every, job, manual, once, rrule
from tasks.basics import echo_task, log_task
"""


class DeclaringApp:
    """Installed while it is open; its module is read again after each ``write``."""

    def __init__(self, folder: Path, name: str) -> None:
        self.name, self.module = name, f"{name}.schedules"
        self.path = folder / name / "schedules.py"
        self.path.parent.mkdir()
        (self.path.parent / "__init__.py").touch()

    def write(self, text: str) -> None:
        """Let the module say this, below the imports that it needs."""
        self.path.write_text(IMPORTS + dedent(text))
        self.forget()

    def forget(self) -> None:
        registry.forget(self.module)
        sys.modules.pop(self.module, None)
        cached = importlib.util.cache_from_source(str(self.path))
        Path(cached).unlink(missing_ok=True)
        importlib.invalidate_caches()

    def uninstall(self) -> None:
        apps.app_configs.pop(self.name, None)
        self.forget()


@contextmanager
def declaring_app(folder: Path, name: str = "orders") -> Iterator[DeclaringApp]:
    """The app, without models and without ``ready``."""
    made = DeclaringApp(folder, name)
    sys.path.insert(0, str(folder))
    importlib.invalidate_caches()
    config = apps.app_configs[name] = AppConfig(name, importlib.import_module(name))
    config.apps = apps
    config.import_models()
    try:
        yield made
    finally:
        made.uninstall()
        sys.modules.pop(name, None)
        sys.path.remove(str(folder))
