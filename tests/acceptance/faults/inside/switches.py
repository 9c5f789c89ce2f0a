"""Mechanisms switched off, one each: what ``bin/test faults --without NAME`` does, to see its
scenario fail.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

from django.db.models import QuerySet

from jobs.database import sessions
from jobs.dispatch import admission, direct_runs, occurrences, overlap
from jobs.dispatch.brokers.broker import Broker
from jobs.dispatch.brokers.gate import Gate
from jobs.dispatch.messages import sending
from jobs.execution.supervision import leases
from jobs.lifecycle import losses, outcome
from jobs.maintenance import reconcile
from jobs.models import Loss
from jobs.scheduler import misfire, planner
from jobs.scheduler.broker_rest import BrokerRest
from jobs.scheduler.clock_watch import ClockWatch, Verdict
from tests.acceptance.faults.inside import worker_switches
from tests.acceptance.faults.inside.replacing import replace


def without_reconcile(_: str) -> None:
    """Nobody looks for published runs whose message is gone."""
    replace(reconcile.Reconcile, "run_once", lambda self, *, now: {"lost": 0})


def without_unmark(_: str) -> None:
    """A batch that could not be sent keeps its mark "published"."""
    replace(sending, "_unmark", lambda batch: None)


def without_locks(_: str) -> None:
    """Rows are read without a lock."""
    replace(QuerySet, "select_for_update", lambda self, **__: self._chain())


def without_idle_timeout(_: str) -> None:
    """A session may idle inside its transaction for ever."""
    _without_session_limit(sessions.IDLE)


def without_lock_timeouts(_: str) -> None:
    """A session waits for a lock for as long as it takes."""
    _without_session_limit(sessions.LOCK)


def without_clock_watch(_: str) -> None:
    """The database's clock is believed whatever it says."""
    replace(ClockWatch, "look", lambda self, reading: Verdict(reading.database))


def without_probe(_: str) -> None:
    """Runs are marked as published whether or not the broker is there."""
    replace(Gate, "check", lambda self: None)
    replace(BrokerRest, "is_over", lambda self: True)


def without_skip_locked(_: str) -> None:
    """Whoever changes rows waits for those that somebody keeps locked."""
    for module in (leases, overlap, reconcile):
        replace(module, "unlocked", lambda rows: rows)


def without_causes(_: str) -> None:
    """Every loss is a step to poison."""
    original = losses.allowance_of
    for module in (losses, outcome):
        replace(module, "allowance_of", lambda cause: original(Loss.CHILD))


def without_overlap(_: str) -> None:
    """The overlap policies decide nothing."""
    replace(occurrences, "settle_overlap", lambda runs, *, now: None)


def without_pools(_: str) -> None:
    """Whatever waits for a pool fits into it."""
    replace(admission, "_slots_free", lambda pool, used: None)
    replace(admission, "shortage", lambda pool, used, run: None)


def without_misfire(_: str) -> None:
    """What was missed runs, all of it."""
    replace(planner, "_judge", lambda job, moments, now: misfire.Verdict(moments))


def without_occurrence_key(_: str) -> None:
    """Every record of an occurrence is told apart from every other."""
    replace(occurrences, "occurrence_key", lambda moment: uuid.uuid4().hex)
    replace(direct_runs, "_key", lambda moment: uuid.uuid4().hex)


def without_eviction_check(_: str) -> None:
    """Redis may drop what it likes."""
    replace(Broker, "eviction_policy", lambda self: "noeviction")


def _without_session_limit(setting: str) -> None:
    original = sessions.limits_of
    replace(
        sessions,
        "limits_of",
        lambda alias: {n: s for n, s in original(alias).items() if n != setting},
    )


ALL: dict[str, Callable[[str], Any]] = {
    name: one for name, one in list(globals().items()) if name.startswith("without_")
} | worker_switches.ALL
