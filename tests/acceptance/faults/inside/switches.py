"""Mechanisms switched off, one each: what ``bin/test faults --without NAME`` does, to see its scenario fail."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db.models import QuerySet

from jobs.dispatch import occurrences, publish, reconcile
from jobs.scheduler import beat


def without_reconcile(_: str) -> None:
    """Nobody looks for published runs whose message is gone."""
    reconcile.Reconcile.run_once = lambda self, *, now: {"lost": 0}  # type: ignore[method-assign]


def without_unmark(_: str) -> None:
    """A batch that could not be sent keeps its mark "published"."""
    publish._unmark = lambda batch: None


def without_locks(_: str) -> None:
    """Rows are read without a lock."""
    QuerySet.select_for_update = lambda self, **__: self._chain()  # type: ignore[method-assign]


def without_idle_timeout(_: str) -> None:
    """A session may idle inside its transaction for ever."""
    beat._limit_session = lambda connection, **__: None


def without_overlap(_: str) -> None:
    """The overlap policies decide nothing."""
    _replace(occurrences, "settle_overlap", lambda runs, *, now: None)


def _replace(module: Any, name: str, value: Any) -> None:
    """Set an attribute that is there: one that has moved would switch nothing off, and prove nothing."""
    getattr(module, name)
    setattr(module, name, value)


ALL: dict[str, Callable[[str], Any]] = {
    name: one for name, one in list(globals().items()) if name.startswith("without_")
}
