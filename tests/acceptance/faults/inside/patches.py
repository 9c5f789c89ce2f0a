"""Applying patches by name: ``crash_after_plan once_in=0.3 without_reconcile``."""

from __future__ import annotations

import logging
from collections.abc import Callable

from tests.acceptance.faults.inside.failpoints import ALL as FAILPOINTS
from tests.acceptance.faults.inside.switches import ALL as SWITCHES

logger = logging.getLogger(__name__)

PATCHES: dict[str, Callable[[str], None]] = {**FAILPOINTS, **SWITCHES}


def apply(names: str) -> None:
    """Apply each of these patches, separated by blanks, each ``name`` or ``name=argument``."""
    for word in names.split():
        name, _, argument = word.partition("=")
        PATCHES[name](argument)
        logger.warning("fault plan: %s", word)
