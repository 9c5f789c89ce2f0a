"""Incidents: many of a kind that one worker met, told as one matter instead of as many."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from jobs.maintenance.alerts.detectors import Detected, Finding, Look
from jobs.models import AlertKind, Loss, LostAttempt, Queue, Worker
from jobs.models.fleet.leader import RETENTION
from jobs.moments import stamp
from jobs.queries.attention.alerts import refused_sentence, taken_sentence

SHOWN = timedelta(hours=1)
MOST = 10_000


def cut_off(look: Look) -> Detected:
    """Workers that died or were cut off within the hour while they had runs, which others have
    taken over.
    """
    recent = LostAttempt.objects.filter(lost_at__gt=look.now - SHOWN).exclude(cause=Loss.CHILD)
    lost = list(recent.order_by("-lost_at")[:MOST])
    by_worker: dict[str, list[LostAttempt]] = defaultdict(list)
    for one in lost:
        by_worker[one.worker].append(one)
    heard = (
        dict(Worker.objects.filter(pk__in=list(by_worker)).values_list("name", "heartbeat_at"))
        if lost
        else {}
    )
    findings = [
        Finding(name, _told(name, rows, heard.get(name)))
        for name, rows in sorted(by_worker.items())
    ]
    return Detected(findings, is_complete=len(lost) < MOST)


def _told(name: str, rows: Sequence[LostAttempt], heard_at: datetime | None) -> str:
    since, last = min(row.heard_at for row in rows), max(row.lost_at for row in rows)
    moved = f"{len(rows):,} run{'s' if len(rows) > 1 else ''} moved"
    if {row.cause for row in rows} == {Loss.WORKER}:
        return f"worker {name} died after {stamp(since)}: {moved}"
    if heard_at is None or heard_at <= last:
        return f"worker {name} has been cut off since {stamp(since)}: {moved}"
    return f"worker {name} was cut off from {stamp(since)} to {stamp(last)}: {moved}"


def refused(look: Look) -> Detected:
    """Workers that have refused messages: each opens its alert, which is kept for an hour after the
    last of them.
    """
    told = look.subjects(AlertKind.REFUSED)
    recent = Worker.objects.filter(pk__in=told, refused_at__gt=look.now - SHOWN) if told else []
    return Detected(
        [
            Finding(w.name, refused_sentence(w.name, w.refused_messages, w.refused_last))
            for w in recent
        ]
    )


def taken(look: Look) -> Detected:
    """Queues that workers consume which are none of ours: whoever finds one opens its alert."""
    told = look.subjects(AlertKind.TAKEN)
    rows = Queue.objects.filter(pk__in=told, taken_at__isnull=False) if told else []
    return Detected(
        [Finding(row.name, taken_sentence(row.name, row.taken_by, held=row.held)) for row in rows]
    )


class ClockJumps:
    """Jumps of the database's clock, which the scheduler that saw them has written down; each is
    shown for an hour.

    An hour of this process: by the clock that jumped it would be over at once, or never. That the
    retention stands still for it is shown until the retention goes on.
    """

    def __init__(self, uptime: Callable[[], float] = time.monotonic) -> None:
        self._uptime = uptime
        self._first_seen: dict[str, float] = {}

    def __call__(self, look: Look) -> Detected:
        now = self._uptime()
        seen = look.open.get(AlertKind.CLOCK, {})
        self._first_seen = {subject: self._first_seen.get(subject, now) for subject in seen}
        return Detected(
            [
                Finding(subject, alert.message)
                for subject, alert in seen.items()
                if subject == RETENTION or now - self._first_seen[subject] < SHOWN.total_seconds()
            ]
        )
