"""Routes, and what each would have sent."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from jobs.access.actor import Actor
from jobs.access.visible import visible_jobs
from jobs.definition.checking import QUEUE_ALLOWED
from jobs.errors import RouteNotFound
from jobs.models import Alert, Route
from jobs.notices.matching import routes_of
from jobs.notices.quiet import quiet_until
from jobs.queries.fields import json_fields

LOOKED_BACK = timedelta(days=7)
MOST_ALERTS = 5_000
OWN = (
    "name", "description", "enabled", "kinds", "severities", "tags", "owners", "queues",
    "recovery", "quiet", "timezone", "digest_minutes", "escalate_minutes",
    "created_at", "created_by", "updated_at", "updated_by",
)  # fmt: skip


def all_routes() -> list[Route]:
    """By name, with their channels."""
    return list(Route.objects.select_related("channel", "escalate_to").order_by("name"))


def one_route(name: str) -> Route:
    """Raises RouteNotFound."""
    known = QUEUE_ALLOWED.fullmatch(name)
    found = (
        Route.objects.select_related("channel", "escalate_to").filter(name=name).first()
        if known
        else None
    )
    if found is None:
        raise RouteNotFound(f"there is no route {name[:100]!r}", field="route")
    return found


def route_rows(routes: Iterable[Route], *, actor: Actor) -> list[dict[str, Any]]:
    """As plain JSON values; of the jobs that a route names, those that the actor may see."""
    found = list(routes)
    ids = {pk for route in found for pk in route.jobs}
    seen = visible_jobs(actor).filter(pk__in=ids) if ids else visible_jobs(actor).none()
    names = {str(pk): name for pk, name in seen.values_list("pk", "name")}
    return [
        json_fields({name: getattr(route, name) for name in OWN})
        | {
            "channel": route.channel_id,
            "escalate_to": route.escalate_to_id,
            "jobs": sorted(names[pk] for pk in route.jobs if pk in names),
        }
        for route in found
    ]


@dataclass(frozen=True)
class Preview:
    """What a route would have sent in the last seven days: messages, and the alerts they are
    about.
    """

    alerts: int
    messages: int
    escalations: int

    def sentence(self) -> str:
        """Such as “In the last 7 days this route would have sent 3 notices about 2 alerts.”"""
        sent = f"{self.messages:,} notice{'' if self.messages == 1 else 's'}"
        about = f"{self.alerts:,} alert{'' if self.alerts == 1 else 's'}"
        more = f", and escalated {self.escalations:,}" if self.escalations else ""
        return f"In the last 7 days this route would have sent {sent} about {about}{more}."


def route_preview(route: Route, *, now: datetime) -> Preview:
    """By the alerts that are still kept, the newest 5,000: one query."""
    since = now - LOOKED_BACK
    rows = Alert.objects.filter(opened_at__gt=since).select_related("job").order_by("-opened_at")
    alerts = [alert for alert in rows[:MOST_ALERTS] if any(routes_of(alert, [route]))]
    moments = [alert.opened_at for alert in alerts]
    if route.recovery:
        moments += [alert.closed_at for alert in alerts if alert.closed_at]
    escalations = sum(_is_escalated(alert, route, now) for alert in alerts)
    return Preview(len(alerts), _messages(route, moments), escalations)


def _messages(route: Route, moments: list[datetime]) -> int:
    """How many messages tell of what happened at these moments."""
    if not route.digest_minutes:
        return len(moments)
    gap, count, last = timedelta(minutes=route.digest_minutes), 0, None
    for moment in sorted(quiet_until(route.quiet, route.timezone, at) or at for at in moments):
        if last is None or moment > last:
            count, last = count + 1, max(moment, last + gap if last else moment)
    return count


def _is_escalated(alert: Alert, route: Route, now: datetime) -> bool:
    if not route.escalate_minutes:
        return False
    seen_to = min(filter(None, (alert.acknowledged_at, alert.closed_at, now)))
    return seen_to - alert.opened_at >= timedelta(minutes=route.escalate_minutes)
