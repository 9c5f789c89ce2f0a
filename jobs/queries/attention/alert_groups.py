"""Alerts by cause: what fails with one error, or waits for one thing, is one row."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import (
    BigIntegerField,
    Case,
    Count,
    F,
    Max,
    Min,
    Value,
    When,
)
from django.db.models.functions import Abs

from jobs.access.actor import Actor
from jobs.access.visible import visible_alerts
from jobs.models import Alert, AlertKind, AlertState
from jobs.moments import iso
from jobs.queries.attention.alerts import up_to_date
from jobs.queries.paging import CAP

# The alert that speaks for its group is the newest, but one of dead letters only if all are such.
LEAD = Abs(
    Max(
        Case(
            When(kind=AlertKind.DEAD_LETTERS, then=Value(-1) * F("id")),
            default=F("id"),
            output_field=BigIntegerField(),
        )
    )
)


SUMS = {
    "number_of_alerts": Count("pk"),
    "number_of_jobs": Count("job", distinct=True),
    "since": Min("opened_at"),
}


@dataclass(frozen=True)
class AlertGroup:
    """Open alerts of one cause: the one that speaks for them, how many, and about how many jobs."""

    lead: Alert
    alerts: int
    jobs: int
    opened_at: datetime

    @property
    def is_one_job(self) -> bool:
        """Whether all of it is about one matter, which the lead says."""
        return self.alerts == 1 or self.jobs == 1

    def fields(self) -> dict[str, Any]:
        """As JSON values."""
        return {
            "cause": self.lead.cause,
            "kind": self.lead.kind,
            "message": self.lead.message,
            "alerts": self.alerts,
            "jobs": self.jobs,
            "opened_at": iso(self.opened_at),
            "lead": self.lead.pk,
        }


def alert_groups(state: str, limit: int = 100, *, actor: Actor) -> list[AlertGroup]:
    """Two queries: the causes with alerts that stand so and are not closed, the newest first.

    One more where dead letters speak for a group; the second is left out where there is none.
    """
    alerts = visible_alerts(actor).filter(closed_at=None).in_state(state)
    causes = alerts.order_by().values("cause").annotate(lead=LEAD, newest=Max("opened_at"), **SUMS)
    rows: dict[int, dict[str, Any]] = {
        row["lead"]: dict(row) for row in causes.order_by("-newest", "-lead")[:limit]
    }
    leads = up_to_date(alerts.filter(pk__in=list(rows)), limit) if rows else []
    found = {lead.pk: AlertGroup(lead, *(rows[lead.pk][name] for name in SUMS)) for lead in leads}
    return [found[pk] for pk in rows if pk in found]


def numbers_of_alerts(actor: Actor) -> dict[str, int]:
    """How many causes stand open, acknowledged and snoozed: one query each, up to 1,001."""
    open_states = [state for state in AlertState if state is not AlertState.CLOSED]
    return {state.value: _causes(actor, state) for state in open_states}


def _causes(actor: Actor, state: AlertState) -> int:
    causes = visible_alerts(actor).in_state(state).order_by().values_list("cause", flat=True)
    return len(causes.distinct()[: CAP + 1])
