"""Something that is away for a while: one line in the log when it begins, and one when it is
over.
"""

from __future__ import annotations

import logging
import time


class Outage:
    """``begun`` says in words what does not work, ``over`` that it does again, at ``level_over``.

    Whoever tries tells how it went, as often as it likes.
    """

    def __init__(
        self, logger: str, begun: str, over: str = "", *, level_over: int = logging.WARNING
    ) -> None:
        self._logger, self.begun, self.over = logger, begun, over or f"{begun}: over"
        self._level_over = level_over
        self._since: float | None = None
        self._failures = 0
        self._kinds: set[str] = set()

    @property
    def is_on(self) -> bool:
        return self._since is not None

    def failed(self, error: object) -> bool:
        """It did not work; True if it did before, which is then in the log."""
        if not self.note():
            return False
        self._log(logging.WARNING, "%s: %s", self.begun, str(error).strip() or type(error).__name__)
        return True

    def note(self, kind: str = "") -> bool:
        """It did not work; True if that is news: it did before, or has not failed for this kind of
        reason since.
        """
        if self._since is None:
            self._since, self._failures, self._kinds = time.monotonic(), 0, set()
        self._failures += 1
        if kind in self._kinds:
            return False
        self._kinds.add(kind)
        return True

    def worked(self, more: str = "") -> bool:
        """It works; True if it did not before. ``more`` is what else there is to say then."""
        if self._since is None:
            return False
        seconds, self._since = time.monotonic() - self._since, None
        tries = f"{self._failures:,} {'try' if self._failures == 1 else 'tries'}"
        self._log(
            self._level_over,
            "%s, after %.1f s and %s%s",
            self.over,
            seconds,
            tries,
            more and f"; {more}",
        )
        return True

    def _log(self, level: int, message: str, *facts: object) -> None:
        logging.getLogger(self._logger).log(level, message, *facts)
