"""Storing a run's log: pieces that come once, and the end of a large log, which moves on as it is
written.
"""

from __future__ import annotations

from collections.abc import Sequence

from jobs.lifecycle.connections import LIFECYCLE
from jobs.models import RunLog

MOVES = ("first_line", "last_line", "text", "created_at")


def store(pieces: Sequence[RunLog]) -> None:
    """Write the pieces of one attempt; may be repeated.

    What they say is left out goes, where it was stored before.
    """
    if not pieces:
        return
    left_out = [piece for piece in pieces if piece.stands_for_many]
    whole = [piece for piece in pieces if not piece.stands_for_many]
    rows = RunLog.objects.using(LIFECYCLE)
    rows.bulk_create(whole, ignore_conflicts=True)
    for mark in left_out:
        key = {"run": mark.run_id, "attempt": mark.attempt}
        rows.bulk_create(
            [mark],
            update_conflicts=True,
            unique_fields=["run", "attempt", "seq"],
            update_fields=MOVES,
        )
        rows.filter(**key, seq__gt=mark.seq, last_line__lte=mark.last_line).delete()
