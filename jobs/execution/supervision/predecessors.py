"""What workers of this host left behind that are certainly gone: runs that still count as running,
and orphans.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

from django.db.models import Q
from django.db.models.functions import Now

from jobs.execution.isolation.processes import is_gone, kill_orphans
from jobs.lifecycle.connections import LIFECYCLE
from jobs.lifecycle.expiry import Leased, end_all, leased, lost
from jobs.lifecycle.rows import metas_of
from jobs.models import Loss, Run, RunState, Worker

DIED = lost("its worker was killed", Loss.WORKER)
Dead = tuple[str, str]  # a worker's name and identity


def dead_workers(name: str, host: str, identity: str) -> list[tuple[Dead, list[Leased]]]:
    """The dead workers of this host, each with the runs that it left behind.

    ``name`` and ``identity`` are the caller's own. A worker that its watchdog restarted has both in
    common with it.
    """
    return [(dead, _runs_of(dead)) for dead in _dead_workers(name, host, identity)]


def bury(dead: Dead, left: list[Leased]) -> int:
    """Record as lost what a dead worker was running, and that it is gone; return how many runs that
    were.
    """
    for pid in _pids(left).values():
        kill_orphans(pid)
    recovered = end_all(left, DIED)
    name, identity = dead
    Worker.objects.using(LIFECYCLE).filter(pk=name, identity=identity).update(stopped_at=Now())
    return recovered


def record_killed(name: str, pids: Collection[int]) -> int:
    """Record as lost what these pool children, which are all dead, were running for the worker
    ``name``.

    Another worker may have taken the name by now: its pool children have other pids.
    """
    left = leased(Run.objects.using(LIFECYCLE).filter(worker=name, state=RunState.RUNNING))
    children = _pids(left)
    return end_all([one for one in left if children.get(one.message.task_id) in pids], DIED)


def _dead_workers(name: str, host: str, identity: str) -> Iterator[Dead]:
    rows = Worker.objects.using(LIFECYCLE).filter(Q(stopped_at=None) | Q(name=name), host=host)
    for row in rows.only("name", "identity"):
        is_former_self = row.name == name and row.identity == identity
        if is_former_self or is_gone(row.identity):
            yield row.name, row.identity


def _runs_of(dead: Dead) -> list[Leased]:
    return leased(Run.objects.using(LIFECYCLE).filter(worker=dead[0], state=RunState.RUNNING))


def _pids(left: Iterable[Leased]) -> dict[str, int | None]:
    """The pool child of each run, which its group is named after: it dies with its worker, what it
    started does not.
    """
    return {
        task_id: meta.pid for task_id, meta in metas_of(one.message.task_id for one in left).items()
    }
