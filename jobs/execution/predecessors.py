"""What workers of this host left behind that are certainly gone: runs that still count as running, and orphans."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

from django.db.models import Q
from django.db.models.functions import Now
from django_celery_results.models import TaskResult

from jobs.execution.hands import in_hand
from jobs.execution.processes import is_gone, kill_orphans
from jobs.lifecycle.connections import LIFECYCLE
from jobs.lifecycle.expiry import Leased, end_all, leased, lost
from jobs.models import Loss, Run, RunState, Worker

DIED = lost("its worker was killed", Loss.WORKER)


def recover(name: str, host: str, identity: str) -> int:
    """Record as lost what dead workers of this host were running; return how many runs that were.

    ``name`` and ``identity`` are the caller's own. A worker that its watchdog restarted has both in common with it.
    """
    recovered = 0
    for dead in list(_dead_workers(name, host, identity)):
        left = _left_behind(dead)
        _kill_orphans_of(left)
        recovered += end_all(left, DIED)
        Worker.objects.using(LIFECYCLE).filter(pk=dead.name, identity=dead.identity).update(stopped_at=Now())
    return recovered


def _dead_workers(name: str, host: str, identity: str) -> Iterator[Worker]:
    rows = Worker.objects.using(LIFECYCLE).filter(Q(stopped_at=None) | Q(name=name), host=host)
    for row in rows.only("name", "identity"):
        is_former_self = row.name == name and row.identity == identity
        if is_former_self or is_gone(row.identity):
            yield row


def _left_behind(dead: Worker) -> list[Leased]:
    found = leased(Run.objects.using(LIFECYCLE).filter(worker=dead.name, state=RunState.RUNNING))
    # Asked for after the runs were read: what this process runs under the same name was in its hands before.
    ours = {(message.run_id, message.publish) for message in in_hand()}
    return [one for one in found if (one.run_id, one.publish) not in ours]


def _kill_orphans_of(left: Sequence[Leased]) -> None:
    """Pool children die with their worker; what they had started does not, but bears their group's number."""
    attempts = TaskResult.objects.using(LIFECYCLE).filter(task_id__in=[one.message.task_id for one in left])
    for meta in attempts.values_list("meta", flat=True):
        kill_orphans(json.loads(meta or "{}").get("pid"))
