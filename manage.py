#!/usr/bin/env python3
"""Beatwright's management commands: ``./manage.py help``."""

import os
import sys
from importlib.util import find_spec
from pathlib import Path

# What bin/up and bin/test install lies in .venv: whoever has not activated it means it all the
# same.
VENV_PYTHON = Path(__file__).resolve().parent / ".venv/bin/python"
if find_spec("django") is None and VENV_PYTHON.exists():
    os.execv(VENV_PYTHON, [str(VENV_PYTHON), *sys.argv])  # noqa: S606 - the same words, another interpreter

from django.core.exceptions import ImproperlyConfigured  # noqa: E402 - the interpreter that has it runs from here on
from django.core.management import execute_from_command_line  # noqa: E402

from jobs.private import keep_private  # noqa: E402

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "scheduler_site.settings")
    keep_private()
    try:
        execute_from_command_line(sys.argv)
    except ImproperlyConfigured as error:  # the operator's to mend: a sentence, not a traceback
        sys.exit(f"error: {error}")
