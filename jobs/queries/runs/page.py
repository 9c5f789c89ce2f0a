"""What the page of one run reads: the run, and what surrounds it."""

from __future__ import annotations

import uuid

from django.db.models import Q

from jobs.access.actor import Actor
from jobs.access.visible import visible_runs
from jobs.models import Run
from jobs.queries.paging import capped_count

RELATED_MOST = 20


def run_of(pk: uuid.UUID, actor: Actor) -> Run | None:
    """One query: the run with its job, what is usual for that, and the backfill it belongs to, if
    the actor sees it.
    """
    return visible_runs(actor).select_related("job__health", "backfill").filter(pk=pk).first()


def family(run: Run) -> list[Run]:
    """One query: the run it is a rerun of, its newest reruns, the one its reason is about; newest
    first, at most 20.
    """
    named = [pk for pk in (run.parent_id, run.other_run) if pk]
    kin = Q(parent=run.pk) | Q(pk__in=named) if named else Q(parent=run.pk)
    return list(Run.objects.filter(kin).newest_first().defer("params")[:RELATED_MOST])


def same_error(run: Run, actor: Actor) -> int:
    """One query: how many dead letters that the actor sees have the run's error; counted up to
    1,001. 0 without one.
    """
    if not run.fingerprint:
        return 0
    return capped_count(visible_runs(actor).dead_letters().filter(fingerprint=run.fingerprint))
