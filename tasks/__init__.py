"""Plain Celery tasks, one topic per file; they know no Job and no Run.

Importing this package imports every module in it, so a file dropped here is registered without further wiring.
Modules whose name begins with an underscore are helpers and are only imported by those that need them.
"""

from __future__ import annotations

import importlib
import pkgutil

for _module in pkgutil.iter_modules(__path__):
    if not _module.name.startswith("_"):
        importlib.import_module(f"{__name__}.{_module.name}")
