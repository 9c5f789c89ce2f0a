"""What only a site of Beatwright's own can do: a project starts its own processes, and migrates as
it always did.
"""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandError

from jobs import conf


def own_site(instead: str) -> Any:
    """The operator's configuration; raises CommandError, which says what to do ``instead`` in a
    project.
    """
    site = conf.get().site
    if site is None:
        raise CommandError(f"This project is no site of Beatwright's own. {instead}")
    return site
