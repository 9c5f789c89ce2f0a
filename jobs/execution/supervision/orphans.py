"""What a pool child that died by itself has left behind, wherever it went: the main process gets
it, and ends it.

A body that comes to its end has its processes ended by its pool child, and one that is stopped has
them killed before its pool child is. This is for a child that was killed by somebody else, or by
its own body.
"""

from __future__ import annotations

import logging
import os
from typing import Any

from jobs.execution.isolation import family
from jobs.execution.isolation.processes import (
    children_of,
    descendants_of,
    group_of,
    kill,
    parent_of,
)
from jobs.execution.sidecar.process import sidecar

logger = logging.getLogger(__name__)


class Orphans:
    """Of the main thread, which is the one that forks: while it looks, every child of its own has a
    name.

    An orphan is a child that is neither in the pool nor the sidecar, nor in the main process's own
    group, as what is started here is unless it asks for another. Nothing that was there when the
    worker began is one.
    """

    def __init__(self) -> None:
        self.pool: frozenset[int] = frozenset()
        self.spared: frozenset[int] = frozenset()
        self.ended: set[int] = set()

    def prepare(self) -> None:
        family.adopt_orphans()
        self.spared = frozenset(children_of(os.getpid()))

    def look(self, pool: Any) -> int:
        """Kill those there are, if a pool child is gone since the last look; returns how many were
        killed.
        """
        before, self.pool = (
            self.pool,
            frozenset(process.pid for process in getattr(pool, "_pool", ())),
        )
        is_one_gone = bool(before - self.pool) or any(parent_of(pid) is None for pid in self.pool)
        may_have_started_more = bool(self.ended)
        self._reap()
        return self.end_all() if is_one_gone or may_have_started_more else 0

    def end_all(self) -> int:
        """Kill what dead pool children have left behind."""
        found = self._found()
        living = [pid for pid in found if parent_of(pid) is not None]
        for pid in living:
            for each in (*descendants_of(pid), pid):
                kill(each)
        if living:
            logger.warning(
                "processes that a dead pool child had started were killed: %s", len(living)
            )
        self.ended.update(found)
        self._reap()
        return len(living)

    def _found(self) -> list[int]:
        ours = {*self.pool, *self.spared, *self.ended, sidecar.pid}
        group = os.getpgid(0)
        return [
            pid for pid in children_of(os.getpid()) if pid not in ours and group_of(pid) != group
        ]

    def _reap(self) -> None:
        """At once: a number that is free may be a pool child's next, whose end is billiard's to
        hear of.
        """
        if self.ended:
            own = self.ended & set(children_of(os.getpid()))
            self.ended = own - family.reap(own)


orphans = Orphans()
