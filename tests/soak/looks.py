"""What the soak sees at each look: the worker's own words held against the rows of the runs."""

from __future__ import annotations

from dataclasses import dataclass

from tests.support.up import Up

LATE_SECONDS = 5.0
MARGIN_SECONDS = 1.5
# Julian days into seconds: SQLite has moments as text.
AT = "(julianday({}) - 2440587.5) * 86400.0"
LIVES = (
    f"SELECT busy, stuck, children_killed, {AT.format('heartbeat_at')} FROM "
    "beatwright_worker WHERE stopped_at IS NULL"
)
BODIES = (
    f"SELECT {AT.format('date_started')}, CASE WHEN status = 'STARTED' THEN 1e12 ELSE "
    f"{AT.format('date_done')} END"
    " FROM django_celery_results_taskresult WHERE status = 'STARTED' OR date_done > "
    "datetime('now', '-5 minutes')"
)
LATE = (
    "SELECT count(*) FROM beatwright_run WHERE trigger = 'schedule' AND started_at IS NOT NULL"
    f" AND {AT.format('started_at')} - {AT.format('scheduled_for')} > {LATE_SECONDS}"
)
WAITING = (
    "SELECT count(*) FROM beatwright_run WHERE state = 'queued' AND attempt = 0"
    f" AND {AT.format('CURRENT_TIMESTAMP')} - {AT.format('scheduled_for')} > {LATE_SECONDS + 1}"
)


@dataclass(frozen=True)
class Look:
    """``least`` and ``most`` runs were at work when the worker last said how many of its pool
    children are busy.
    """

    busy: int
    least: int
    most: int
    stuck: int
    killed: int
    late: int

    @property
    def nothing_hangs(self) -> bool:
        return self.least <= self.busy <= self.most and not (self.stuck or self.killed)

    @property
    def is_well(self) -> bool:
        return self.nothing_hangs and not self.late


def look(up: Up) -> Look:
    """Busy must be what runs, but for bodies that began or ended within a moment of the
    heartbeat.
    """
    [(busy, stuck, killed, heartbeat)] = up.query(LIVES)
    bodies = up.query(BODIES)
    least = sum(
        begun < heartbeat - MARGIN_SECONDS and ended > heartbeat + MARGIN_SECONDS
        for begun, ended in bodies
    )
    most = sum(
        begun < heartbeat + MARGIN_SECONDS and ended > heartbeat - MARGIN_SECONDS
        for begun, ended in bodies
    )
    [(late,)], [(waiting,)] = up.query(LATE), up.query(WAITING)
    return Look(busy, least, most, stuck, killed, late + waiting)
