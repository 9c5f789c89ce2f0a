"""Which routes an alert takes."""

from __future__ import annotations

from collections.abc import Iterator

from jobs.models import Alert, AlertKind, Route
from jobs.notices.severity import severity_of


def routes_of(alert: Alert, routes: list[Route]) -> Iterator[Route]:
    """Those that want it and whose channel it is not about; the alert's job is loaded."""
    return (route for route in routes if _is_for(route, alert) and not _is_about(route, alert))


def _is_for(route: Route, alert: Alert) -> bool:
    job = alert.job
    wanted: list[tuple[list[str], set[str]]] = [
        (route.kinds, {alert.kind}),
        (route.severities, {severity_of(alert.kind)}),
        (route.jobs, {str(job.pk)} if job else set()),
        (route.tags, set(job.tags) if job else set()),
        (route.owners, {job.owner} if job else set()),
        (route.queues, {_queue(alert)}),
    ]
    return all(not listed or not found.isdisjoint(listed) for listed, found in wanted)


def _queue(alert: Alert) -> str:
    if alert.job:
        return alert.job.queue
    return alert.subject if alert.kind == AlertKind.NO_CONSUMER else ""


def _is_about(route: Route, alert: Alert) -> bool:
    """That a channel fails is told on the others."""
    return alert.kind == AlertKind.CHANNEL and alert.subject == route.channel_id
