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
    Place("jobs", "/admin/jobs/job/"),
    Place("job-new", "/admin/jobs/job/add/"),
    Place("runs", "/admin/jobs/run/"),
    Place("import", "/admin/jobs/import/"),
    Place("dead-letters", "/admin/jobs/dead/"),
    Place("bulk", "/admin/jobs/bulk/"),
    Place("queues", "/admin/jobs/queues/"),
    Place("pools", "/admin/jobs/pools/"),
    Place("pool-new", "/admin/jobs/pools/add/"),
    Place("secrets", "/admin/jobs/secrets/"),
    Place("secret-new", "/admin/jobs/secrets/_add/"),
    Place("workers", "/admin/jobs/workers/"),
    Place("audit", "/admin/jobs/auditentry/"),
    Place("tokens", "/admin/jobs/apitoken/"),
    Place("people", "/admin/people/"),
    Place("person-invite", "/admin/people/invite/"),
    Place("account", "/admin/people/me/"),
    Place("periodic-tasks", "/admin/django_celery_beat/periodictask/"),
    Place("task-results", "/admin/django_celery_results/taskresult/"),
    Place("api-docs", "/api/v1/docs/"),
)


def places(site: Site) -> Iterator[Place]:
    """The pages above, and those of some jobs and runs if there are any."""
    yield from EVERYWHERE
    for name in ("billing-sync", "search-index", "payroll", "warehouse-export"):
        for job in site.query("SELECT id FROM jobs_job WHERE name = %s", name):
            yield Place(f"job-{name}", f"/admin/jobs/job/{job['id']}/")
            if name == "billing-sync":
                yield Place("job-edit", f"/admin/jobs/job/{job['id']}/change/")
    for secret in site.query("SELECT name FROM jobs_secret ORDER BY name LIMIT 1"):
        yield Place("secret", f"/admin/jobs/secrets/{secret['name']}/")
        yield Place("secret-edit", f"/admin/jobs/secrets/{secret['name']}/change/")
    for state in ("succeeded", "failed", "skipped", "running", "queued"):
        for run in site.query("SELECT id FROM jobs_run WHERE state = %s ORDER BY id DESC LIMIT 1", state):
            yield Place(f"run-{state}", f"/admin/jobs/run/{run['id']}/")
