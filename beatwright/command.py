"""The command ``beatwright``: ``up`` starts a whole site, and any other verb is one of
``manage.py``.

In a folder with a ``manage.py`` the verbs are about that project. In any other folder they are
about a site of Beatwright's own, which keeps its data in ``var`` and reads ``.env`` there.
"""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured
from django.core.management import execute_from_command_line

from jobs.private import keep_private

SETTINGS = "DJANGO_SETTINGS_MODULE"
OWN_SITE = "scheduler_site.settings"
NAMED = re.compile(rf"""["']{SETTINGS}["'],\s*["']([\w.]+)["']""")


def main() -> None:
    """The console script."""
    choose_settings(Path.cwd(), sys.argv[1:2])
    try:
        execute_from_command_line(sys.argv)
    except ImproperlyConfigured as error:  # the operator's to mend: a sentence, not a traceback
        sys.exit(f"error: {error}")


def choose_settings(folder: Path, verb: list[str]) -> None:
    """Set in the environment whose settings are meant; what it says already stays."""
    project = "" if verb == ["up"] else _settings_of(folder / "manage.py")
    if project:
        os.environ.setdefault(SETTINGS, project)
        sys.path.insert(0, str(folder))  # as manage.py itself would have it
    elif os.environ.setdefault(SETTINGS, OWN_SITE) == OWN_SITE:
        os.environ.setdefault("DATA_DIR", str(folder / "var"))
        os.environ.setdefault("ENV_FILE", str(folder / ".env"))
        keep_private()


def _settings_of(script: Path) -> str:
    """The settings that a project's manage.py names; empty where there is none."""
    found = NAMED.search(script.read_text()) if script.is_file() else None
    return found[1] if found else ""
