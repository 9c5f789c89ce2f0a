"""Mechanisms of workers and of the moves that they make, switched off one each; see switches.py for
how it is done.
"""

from __future__ import annotations

import dataclasses
import os
import time
from collections.abc import Callable
from typing import Any

from jobs import conf
from jobs.database.postgresql import base
from jobs.dispatch.brokers import broker
from jobs.execution import request, task
from jobs.execution.consumer import autoscaler
from jobs.execution.consumer.pool_watch import PoolWatch
from jobs.execution.isolation import family, surroundings
from jobs.execution.outcome import settle, spool
from jobs.execution.sidecar import asking, watch
from jobs.execution.slots import board
from jobs.execution.supervision import predecessors
from jobs.execution.supervision.cancels import Cancels
from jobs.execution.supervision.dead_children import DeadChildren
from jobs.execution.supervision.deadlines import Deadlines
from jobs.execution.supervision.exclusive import ExclusiveStop
from jobs.execution.supervision.leases import Fence, Leases
from jobs.execution.supervision.memory import MemoryLimits
from jobs.execution.worker import registration
from jobs.execution.worker.child_turnover import Leaving
from jobs.execution.worker.registration import Registration
from jobs.execution.worker.stopping import Grace
from jobs.execution.worker.watchdog import Watchdog
from jobs.lifecycle import claim, finish
from jobs.logs import stream
from jobs.maintenance import recovery
from jobs.maintenance.recovery import Recovery
from jobs.models import Run
from tests.acceptance.faults.inside.replacing import replace


def without_lease(_: str) -> None:
    """No lease is renewed, and every worker believes that all are."""
    replace(Leases, "run_once", _believe_in_renewal)


def without_fencing(_: str) -> None:
    """A body whose run was given to another worker goes on."""
    replace(Fence, "run_once", _nothing)


def without_recovery(_: str) -> None:
    """Nobody looks for leases that ran out."""
    replace(Recovery, "run_once", lambda self, *, now: {"lost": 0, "overdue": 0})


def without_blindness(_: str) -> None:
    """The sweep judges at once, wherever it has been."""
    replace(recovery, "_note_look", lambda now: now)


def without_poison_allowance(_: str) -> None:
    """A run may lose its worker as often as it likes."""
    object.__setattr__(conf.get(), "losses_allowed", 10**6)


def without_publish_number(_: str) -> None:
    """A claim takes any message of the run for its newest."""
    original = claim.claim
    _everywhere("claim", lambda message: original(_newest(message)))


def without_late_guard(_: str) -> None:
    """Whoever finishes may write, whether the attempt is still theirs or not."""
    replace(finish, "_succeed", lambda message, outcome, claimed: None)
    replace(finish, "_is_held", lambda run, message: True)


def without_deadlines(_: str) -> None:
    """Nobody but Celery ends a body at its time limit."""
    replace(Deadlines, "run_once", _nothing)


def without_process_groups(_: str) -> None:
    """Pool children stay in their worker's group."""
    replace(os, "setpgid", lambda pid, group: None)


def without_cancel_watch(_: str) -> None:
    """No worker hears of a cancel."""
    replace(Cancels, "run_once", _nothing)


def without_dead_child_watch(_: str) -> None:
    """Pool children that die are left to Celery's own look every five seconds."""
    replace(PoolWatch, "start", lambda self, consumer: None)
    replace(DeadChildren, "run_once", _nothing)


def without_orphan_hunt(_: str) -> None:
    """What a dead pool child has started lives on."""
    replace(request, "kill_orphans", lambda pid: False)


def without_clearing_up(_: str) -> None:
    """What a body leaves in its process stays there."""
    replace(surroundings, "_clear_up", lambda running, before: None)


def without_leaving(_: str) -> None:
    """A pool child goes on, whatever a body has left in it."""
    replace(Leaving, "after_this_run", lambda self: None)


def without_adoption(_: str) -> None:
    """A process whose parent ends is nobody's."""
    replace(family, "adopt_orphans", lambda: False)


def without_memory_limits(_: str) -> None:
    """A run takes what it can get."""
    replace(MemoryLimits, "run_once", _nothing)


def without_release(_: str) -> None:
    """A worker that stops waits for its bodies however long they take."""
    replace(Grace, "release_all", lambda self: None)


def without_exclusive_stop(_: str) -> None:
    """Exclusive runs go on without a lease."""
    replace(ExclusiveStop, "run_once", _nothing)


def without_dead_man(_: str) -> None:
    """The sidecar leaves the bodies of a main process that stands still alone."""
    replace(watch.Watch, "stop_exclusive_bodies", lambda self, now: None)


def without_holding(_: str) -> None:
    """Whatever kombu says that a worker has taken counts as taken."""
    replace(broker, "_now", lambda client: 0.0)


def without_answer_limits(_: str) -> None:
    """A database may take as long as it likes to answer, the sidecar too."""
    replace(base, "answer_within_seconds", lambda alias: None)
    replace(asking, "CONNECTING_AND_ANSWERING", 10**6)


def without_unblocked_logs(_: str) -> None:
    """Whoever writes a line waits for whoever reads it."""
    replace(stream, "make_patient", lambda: None)


def without_predecessors(_: str) -> None:
    """A worker that starts does not look for the dead ones of its host."""
    replace(registration, "dead_workers", _none_dead)
    replace(predecessors, "record_killed", lambda name, pids: 0)


def without_worker_row(_: str) -> None:
    """Workers say nothing of themselves."""
    replace(Registration, "run_once", _nothing)


def without_spool(_: str) -> None:
    """An outcome that the database does not take in time is gone."""
    replace(spool, "keep_outcome", lambda message, outcome, log=(): None)


def without_patience(_: str) -> None:
    """An outcome is offered to the database once."""
    replace(
        settle, "finish", lambda *args, **more: finish.finish(*args, **more, patience_seconds=0)
    )


def without_watchdog(_: str) -> None:
    """A deaf worker stays deaf."""
    replace(Watchdog, "run_once", _nothing)


def without_demand(_: str) -> None:
    """Pools grow with the messages taken alone."""
    replace(autoscaler.DemandWatch, "run_once", _nothing)


def _believe_in_renewal(leases: Leases) -> dict[str, int]:
    leases.renewed_at = board.main.renewed_at = time.monotonic()
    return {}


def _none_dead(name: str, host: str, identity: str) -> list[Any]:
    return []


def _nothing(_: object) -> dict[str, int]:
    return {}


def _newest(message: Any) -> Any:
    published = (
        Run.objects.using("lifecycle")
        .filter(pk=message.run_id)
        .values_list("publish_count", flat=True)
        .first()
    )
    return dataclasses.replace(message, publish=published or message.publish)


def _everywhere(name: str, value: Any) -> None:
    """Where the name was imported from as well as where it lives."""
    replace(claim, name, value)
    replace(task, name, value)


ALL: dict[str, Callable[[str], Any]] = {
    name: one for name, one in list(globals().items()) if name.startswith("without_")
}
