"""Something that is away for a while: one line in the log when it begins, and one when it is over."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable


class Outage:
    """``what`` says in words what does not work; whoever tries tells how it went, as often as it likes."""

    def __init__(self, logger: str, what: str, level: int = logging.WARNING) -> None:
        self._logger, self.what, self._level = logging.getLogger(logger), what, level
        self._since: float | None = None

    @property
    def is_on(self) -> bool:
        return self._since is not None

    def failed(self, error: object) -> bool:
        """It did not work; True if it did before."""
        if self._since is not None:
            return False
        self._since = time.monotonic()
        self._logger.log(self._level, "%s: %s", self.what, str(error).strip() or type(error).__name__)
        return True

    def worked(self, more: Callable[[], str] = str) -> bool:
        """It works; True if it did not before. ``more`` is what else there is to say then."""
        if self._since is None:
            return False
        seconds, self._since = time.monotonic() - self._since, None
        self._logger.log(self._level, "%s: over after %.1f s%s", self.what, seconds, more())
        return True
