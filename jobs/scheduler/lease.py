"""The leader's lease: held by whoever renewed it last, for as long as the database's clock says."""

from __future__ import annotations

import time
from datetime import UTC, datetime

from django.db.models import Case, DateTimeField, ExpressionWrapper, F, Q, Value, When
from django.db.models.functions import Now

from jobs import conf
from jobs.models import Leader
from jobs.models.fleet.leader import SCHEDULER as ROLE

LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)


class Lease:
    """One process's claim to leadership."""

    def __init__(self, holder: str) -> None:
        self.holder = holder
        self._good_until = 0.0

    def is_held(self) -> bool:
        """Whether the last renewal still covers this moment, by this process's monotonic clock."""
        return time.monotonic() < self._good_until

    def renew(self) -> bool:
        """Take or keep the lease if it is free or ours; returns whether it is held now."""
        asked = time.monotonic()
        rows = self._take() or (self._write_first_row() and self._take())
        self._good_until = asked + conf.get().leader_lease_seconds if rows else 0.0
        return self.is_held()

    def release(self) -> None:
        """Let somebody else lead at once."""
        self._good_until = 0.0
        Leader.objects.filter(role=ROLE, holder=self.holder).update(expires_at=Now())

    def _take(self) -> int:
        ours = Q(holder=self.holder, expires_at__gt=Now())
        end = ExpressionWrapper(
            Now() + Value(conf.get().leader_lease), output_field=DateTimeField()
        )
        since = Case(When(ours, then=F("acquired_at")), default=Now())
        vacant = Case(
            When(ours, then=F("vacant_since")), When(holder="", then=None), default=F("expires_at")
        )
        # One that ends later than any that is taken now was written before the clock went back: its
        # holder may be gone.
        free = Q(expires_at__lte=Now()) | Q(
            expires_at__gt=Now() + Value(2 * conf.get().leader_lease)
        )
        free_or_ours = Leader.objects.filter(ours | free, role=ROLE)
        return free_or_ours.update(
            holder=self.holder, acquired_at=since, vacant_since=vacant, expires_at=end
        )

    def _write_first_row(self) -> bool:
        if Leader.objects.filter(role=ROLE).exists():
            return False
        first = Leader(role=ROLE, holder="", acquired_at=LONG_AGO, expires_at=LONG_AGO)
        Leader.objects.bulk_create([first], ignore_conflicts=True)
        return True
