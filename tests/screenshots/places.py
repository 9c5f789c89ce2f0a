"""Which pages are pictured, on a site that is empty and on one with a company's history."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from tests.support.site import Site


@dataclass(frozen=True)
class Place:
    """A page by its address; ``name`` is its pictures'."""

    name: str
    path: str


EVERYWHERE = (
    Place("dashboard", "/admin/"),
    Place("jobs", "/admin/beatwright/job/"),
    Place("job-new", "/admin/beatwright/job/add/"),
    Place("runs", "/admin/beatwright/run/"),
    Place("timeline", "/admin/beatwright/timeline/"),
    Place("forecast", "/admin/beatwright/forecast/"),
    Place("spread", "/admin/beatwright/spread/"),
    Place("import", "/admin/beatwright/import/"),
    Place("alerts", "/admin/beatwright/alerts/"),
    Place("alerts-history", "/admin/beatwright/alerts/?state=closed"),
    Place("dead-letters", "/admin/beatwright/dead/"),
    Place("bulk", "/admin/beatwright/bulk/"),
    Place("queues", "/admin/beatwright/queues/"),
    Place("pools", "/admin/beatwright/pools/"),
    Place("pool-new", "/admin/beatwright/pools/add/"),
    Place("calendars", "/admin/beatwright/calendars/"),
    Place("calendar-new", "/admin/beatwright/calendars/_add/"),
    Place("channels", "/admin/beatwright/channels/"),
    Place("channel-new", "/admin/beatwright/channels/_add/"),
    Place("routes", "/admin/beatwright/routes/"),
    Place("route-new", "/admin/beatwright/routes/_add/"),
    Place("notices", "/admin/beatwright/notices/"),
    Place("secrets", "/admin/beatwright/secrets/"),
    Place("secret-new", "/admin/beatwright/secrets/_add/"),
    Place("workers", "/admin/beatwright/workers/"),
    Place("audit", "/admin/beatwright/auditentry/"),
    Place("tokens", "/admin/beatwright/apitoken/"),
    Place("people", "/admin/people/"),
    Place("person-invite", "/admin/people/invite/"),
    Place("account", "/admin/people/me/"),
    Place("periodic-tasks", "/admin/django_celery_beat/periodictask/"),
    Place("task-results", "/admin/django_celery_results/taskresult/"),
    Place("api-docs", "/api/v1/docs/"),
)


def of_the_night(site: Site) -> Iterator[Place]:
    """The hours of the last day in which the demo's company is busiest, and what is suggested."""
    [newest] = site.query("SELECT max(finished_at) AS at FROM beatwright_run")
    if not newest["at"]:
        return
    day = str(newest["at"])[:10]
    yield Place("timeline-night", f"/admin/beatwright/timeline/?from={day}T00:30Z&to={day}T03:30Z")
    yield Place(
        "timeline-queues",
        f"/admin/beatwright/timeline/?from={day}T00:30Z&to={day}T03:30Z&by=queue",
    )
    yield Place(
        "spread-night", f"/admin/beatwright/spread/?from={day}T01:00Z&to={day}T02:00Z&tag=night"
    )


def places(site: Site) -> Iterator[Place]:
    """The pages above, and those of some jobs and runs if there are any."""
    yield from EVERYWHERE
    for name in ("billing-sync", "search-index", "payroll", "warehouse-export"):
        for job in site.query("SELECT id FROM beatwright_job WHERE name = %s", name):
            yield Place(f"job-{name}", f"/admin/beatwright/job/{job['id']}/")
            if name == "billing-sync":
                yield Place("job-edit", f"/admin/beatwright/job/{job['id']}/change/")
    yield from of_the_night(site)
    for calendar in site.query("SELECT name FROM beatwright_calendar ORDER BY name LIMIT 1"):
        yield Place("calendar", f"/admin/beatwright/calendars/{calendar['name']}/")
        yield Place("calendar-edit", f"/admin/beatwright/calendars/{calendar['name']}/change/")
    for secret in site.query("SELECT name FROM beatwright_secret ORDER BY name LIMIT 1"):
        yield Place("secret", f"/admin/beatwright/secrets/{secret['name']}/")
        yield Place("secret-edit", f"/admin/beatwright/secrets/{secret['name']}/change/")
    for state in ("succeeded", "failed", "skipped", "running", "queued"):
        for run in site.query(
            "SELECT id FROM beatwright_run WHERE state = %s ORDER BY id DESC LIMIT 1", state
        ):
            yield Place(f"run-{state}", f"/admin/beatwright/run/{run['id']}/")
