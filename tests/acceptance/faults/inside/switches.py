"""Mechanisms switched off, one each: what ``bin/test faults --without NAME`` does, to see its scenario fail."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

from django.db.models import QuerySet

from jobs.dispatch import admission, occurrences, publish, reconcile
from jobs.dispatch.broker import Broker
from jobs.scheduler import beat, planner
from jobs.scheduler.misfire import Verdict
from tests.acceptance.faults.inside import worker_switches
from tests.acceptance.faults.inside.replacing import replace


def without_reconcile(_: str) -> None:
    """Nobody looks for published runs whose message is gone."""
    replace(reconcile.Reconcile, "run_once", lambda self, *, now: {"lost": 0})


def without_unmark(_: str) -> None:
    """A batch that could not be sent keeps its mark "published"."""
    replace(publish, "_unmark", lambda batch: None)


def without_locks(_: str) -> None:
    """Rows are read without a lock."""
    replace(QuerySet, "select_for_update", lambda self, **__: self._chain())


def without_idle_timeout(_: str) -> None:
    """A session may idle inside its transaction for ever."""
    replace(beat, "_limit_session", lambda connection, **__: None)


def without_overlap(_: str) -> None:
    """The overlap policies decide nothing."""
    replace(occurrences, "settle_overlap", lambda runs, *, now: None)


def without_pools(_: str) -> None:
    """Whatever waits for a pool fits into it."""
    replace(admission, "_slots_free", lambda pool, used: None)
    replace(admission, "shortage", lambda pool, used, run: None)


def without_misfire(_: str) -> None:
    """What was missed runs, all of it."""
    replace(planner, "_judge", lambda job, moments, now: Verdict(moments))


def without_occurrence_key(_: str) -> None:
    """Every record of an occurrence is told apart from every other."""
    replace(occurrences, "occurrence_key", lambda moment: uuid.uuid4().hex)


def without_eviction_check(_: str) -> None:
    """Redis may drop what it likes."""
    replace(Broker, "eviction_policy", lambda self: "noeviction")


ALL: dict[str, Callable[[str], Any]] = {
    name: one for name, one in list(globals().items()) if name.startswith("without_")
} | worker_switches.ALL
