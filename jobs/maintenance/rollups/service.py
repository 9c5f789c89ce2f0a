"""The roll-up: what ended since the last look is counted in batches, each in a transaction of its
own.
"""

from __future__ import annotations

import logging
import time
import uuid
from datetime import datetime

from django.db import DatabaseError, connection, transaction

from jobs.maintenance.expectations import judge_ended, note_in_time
from jobs.maintenance.rollups.ended import COLUMNS, EndedRun
from jobs.maintenance.rollups.healths import add_to_healths
from jobs.maintenance.rollups.tallies import add_to_tallies
from jobs.models import Run, Turn

logger = logging.getLogger(__name__)

BATCH = 1_000
SINGLY = 50  # runs counted one by one in a look
SECONDS = 1.0
LONGEST_REST = 0.1
ROLE = "roll-up"


class RollUps:
    """One look at what has ended and is not counted yet; one query while there is nothing."""

    def run_once(self, *, now: datetime) -> dict[str, int]:
        """Returns {"runs rolled up": n}; takes about a second at most, and leaves the rest to the
        next look.
        """
        until = time.monotonic() + SECONDS
        total = 0
        while time.monotonic() < until and Run.objects.to_roll_up().exists():
            began = time.monotonic()
            rolled = roll_up(now)
            total += rolled
            if rolled < BATCH:
                break
            # Where there is one writer at a time, the others come in between.
            time.sleep(min(time.monotonic() - began, LONGEST_REST))
        return {"runs rolled up": total}


def roll_up(now: datetime) -> int:
    """Count a batch; where that fails for what one of its runs meets, run by run, and leave that
    one uncounted.
    """
    try:
        return roll_up_some(now)
    except DatabaseError:
        raise
    except Exception:
        logger.exception("runs are rolled up one by one")
    first = Run.objects.to_roll_up().order_by("finished_at").values_list("pk", flat=True)[:SINGLY]
    return sum(_roll_up_one(pk, now) for pk in list(first))


def _roll_up_one(pk: uuid.UUID, now: datetime) -> int:
    try:
        return roll_up_some(now, pk)
    except DatabaseError:
        raise
    except Exception:
        logger.exception("run left out of the roll-ups", extra={"run_id": str(pk)})
        return Run.objects.filter(pk=pk, rolled_up=False).update(rolled_up=True)


def roll_up_some(now: datetime, pk: uuid.UUID | None = None) -> int:
    """Count the runs that ended first among those not counted, at most a batch, or this one alone.

    None if somebody else has the turn. A run that an operator's transaction holds is left for the
    next look: nobody waits for it.
    """
    with transaction.atomic():
        if not _take_turn():
            return 0
        _check_keys_at_once()
        rows = Run.objects.to_roll_up() if pk is None else Run.objects.to_roll_up().filter(pk=pk)
        uncounted = rows.order_by("finished_at").values_list(*COLUMNS)
        runs = [
            EndedRun.of(row)
            for row in uncounted.select_for_update(no_key=True, skip_locked=True)[:BATCH]
        ]
        if runs:
            Run.objects.filter(pk__in=[run.id for run in runs]).update(rolled_up=True)
            note_in_time([run.id for run in runs if run.is_in_time])
            judge_ended({run.id: run.job_id for run in runs}, now=now)
            add_to_tallies(runs, now=now)
            add_to_healths(runs)
        return len(runs)


def _check_keys_at_once() -> None:
    """Foreign keys to jobs are checked with each statement, not at the end, when healths are
    locked.

    An archiving holds its job and then wants its health.
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


def _take_turn() -> bool:
    turn = Turn.objects.select_for_update(skip_locked=True).filter(role=ROLE)
    if turn.first():
        return True
    Turn.objects.bulk_create([Turn(role=ROLE)], ignore_conflicts=True)
    return bool(turn.first())
