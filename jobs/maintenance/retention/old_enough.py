"""Whether as much time has passed as the database's clock says: what is deleted for its age does
not come back.

Everything else can go by a clock that stays where it is; what it does wrong is put right, or was
done a little early. Deleting waits for a day instead, after each step of the clock that nobody has
seen pass, so that somebody can notice it, and for as long as the clock of this host says something
else.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from jobs.dispatch.clock import Reading
from jobs.maintenance.alerts import close_alert, raise_alert
from jobs.models import AlertKind, Leader
from jobs.models.fleet.leader import RETENTION
from jobs.moments import stamp
from jobs.outages import Outage

UNSEEN = timedelta(days=1)  # what may have passed between two looks; longer is not believed
WAIT = timedelta(days=1)
APART = timedelta(hours=1)  # how far two clocks that are both right may be from each other
NEVER = datetime(2000, 1, 1, tzinfo=UTC)


class OnlyWhatIsOld:
    """Calls ``delete`` where the clock is believed.

    Its looks are kept in a row: the next leader goes by them, too.
    """

    def __init__(self, delete: Callable[..., dict[str, int]]) -> None:
        self._delete = delete
        self._latest: Reading | None = None
        self._outage = Outage(__name__, "retention stands still", "retention goes on")

    def run_once(self, *, now: datetime) -> dict[str, int]:
        """What ``delete`` returns; nothing while it has to wait."""
        reading = Reading.at(now)
        self._note(reading)
        if why := _doubt(reading):
            self._outage.failed(why)
            raise_alert(
                AlertKind.CLOCK, f"retention is suspended: {why}", subject=RETENTION, now=now
            )
            return {}
        self._outage.worked()
        close_alert(AlertKind.CLOCK, subject=RETENTION, now=now)
        return self._delete(now=now)

    def _note(self, reading: Reading) -> None:
        earlier, self._latest = self._latest, reading
        now, row = reading.database, Leader.objects.filter(role=RETENTION)
        last, waits_until = row.values_list("last_sweep_at", "judges_from").first() or (None, None)
        if last is None:
            first = Leader(
                role=RETENTION, holder="", acquired_at=NEVER, expires_at=NEVER, last_sweep_at=now
            )
            Leader.objects.bulk_create([first], ignore_conflicts=True)
            return
        has_passed = earlier is not None and abs(reading.jump_since(earlier)) <= APART
        if not has_passed and not -APART <= now - last <= UNSEEN:
            waits_until = now + WAIT
        elif waits_until:  # one of a clock that was ahead is far away
            waits_until = min(waits_until, now + WAIT)
        row.update(last_sweep_at=now, judges_from=waits_until)


def _doubt(reading: Reading) -> str:
    """Why nothing is deleted at this moment; empty where it may be."""
    apart = reading.database - reading.wall
    if abs(apart) > APART:
        return (
            f"the database's clock differs by {apart.total_seconds():+,.0f} s from the "
            "clock of the scheduler's host"
        )
    until = Leader.objects.filter(role=RETENTION).values_list("judges_from", flat=True).first()
    if until and reading.database < until:
        return f"the database's clock jumped; if it is correct, wait until {stamp(until)}"
    return ""
