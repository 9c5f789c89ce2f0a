"""Every page of the console, with something on it: what tests open that hold for all pages."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cached_property

from django.urls import URLResolver, get_resolver, resolve

from tests.support.site import Site

SEED = """
from datetime import timedelta
from django.utils import timezone
from django.contrib.auth.models import User
from jobs.actions.bulk import begin_bulk
from jobs.actions.people.tokens import create_token
from jobs.maintenance.rollups import RollUps
from jobs.models import *
from tests.support.builders import *
from tests.support.people import make_user
now = timezone.now()
make_leader(expires_at=now + timedelta(hours=1))
make_worker(busy=2, heartbeat_at=now + timedelta(hours=1))
make_worker("mail", heartbeat_at=now - timedelta(minutes=5))
nightly = {"timezone": "Europe/Berlin", "schedule": "30 2 * * *"}
jobs = [make_job(name=name, **nightly) for name in ("first", "second", "third")]
for job in jobs:
    for state in ("succeeded", "failed", "timed_out"):
        make_run(job, state=state, started_at=now - timedelta(minutes=5),
            finished_at=now - timedelta(minutes=4),
                 attempt=1, error="" if state == "succeeded" else "boom", fingerprint="ab" * 20)
    make_run(job)
    make_run(job, state="running", started_at=now - timedelta(minutes=3), attempt=1,
             progress={"current": 1, "total": 3}, lease_expires_at=now + timedelta(hours=1))
Queue.objects.create(name="mail", paused_at=now - timedelta(hours=2), paused_by="ana",
    paused_reason="db move")
Alert.objects.create(kind="failing", subject="x", job=jobs[0], message="it failed", opened_at=now,
    seen_at=now)
make_pool("gpu", slots=2, memory=64, description="two cards")
make_pool("open")
hook = make_channel("hook", description="the on-call rota", answer="500 not now", tried_at=now,
    failing_since=now - timedelta(hours=2))
make_route(make_channel("mail", "email", address="ops@example.com"), "night", tags=["fin"],
    kinds=["failing"], quiet="22:00-07:00", digest_minutes=15, escalate_to=hook,
    escalate_minutes=30)
for state in ("sent", "waiting", "failed", "counted"):
    make_notice(jobs[0], title=f"first is failing ({state})", state=state, channel_name="hook",
        route_name="night", answer="500 not now", text="first is failing")
make_secret("billing-db", description="the books", tags=["fin", "audit"])
make_secret("partner-token")
make_job(name="bill", params={"password": {"$secret": "billing-db"}}, tags=["fin"])
train = make_job(name="train", pool="gpu", resources={"memory": 20})
for state in ("running", "running", "queued"):
    make_run(train, state=state, started_at=now, attempt=1,
        lease_expires_at=now + timedelta(hours=1))
make_user(None, "guest")
make_calendar("sundays", description="nothing moves")
create_token(User.objects.earliest("id"), name="reports", actor=by("ana"), now=now)
begin_bulk("set_queue", {"search": "first"}, {"queue": "night"}, actor=by("ana"), now=now)
RollUps().run_once(now=now)
"""
OURS = [
    "/admin/",
    "/admin/?window=7d",
    "/admin/beatwright/run/",
    "/admin/beatwright/queues/",
    "/admin/beatwright/pools/",
    "/admin/beatwright/pools/add/",
    "/admin/beatwright/pools/gpu/change/",
    "/admin/beatwright/channels/",
    "/admin/beatwright/channels/_add/",
    "/admin/beatwright/channels/hook/change/",
    "/admin/beatwright/routes/",
    "/admin/beatwright/routes/_add/",
    "/admin/beatwright/routes/night/change/",
    "/admin/beatwright/notices/",
    "/admin/beatwright/notices/?state=waiting",
    "/admin/beatwright/secrets/",
    "/admin/beatwright/secrets/_add/",
    "/admin/beatwright/secrets/billing-db/",
    "/admin/beatwright/secrets/billing-db/change/",
    "/admin/beatwright/workers/",
    "/admin/beatwright/alerts/",
    "/admin/beatwright/dead/",
    "/admin/beatwright/bulk/",
    "/admin/beatwright/bulk/{bulk}/",
    "/admin/beatwright/timeline/",
    "/admin/beatwright/forecast/",
    "/admin/beatwright/spread/",
    f"/admin/beatwright/dead/group/{'ab' * 20}/",
    "/admin/search/?q=first",
    "/admin/people/",
    "/admin/people/invite/",
    "/admin/people/me/",
    "/admin/people/{person}/",
    "/admin/people/{person}/deactivate/",
    "/admin/beatwright/pools/gpu/delete/",
    "/admin/beatwright/channels/hook/delete/",
    "/admin/beatwright/routes/night/delete/",
    "/admin/beatwright/secrets/billing-db/delete/",
    "/admin/beatwright/calendars/sundays/delete/",
    "/admin/beatwright/calendars/",
    "/admin/beatwright/calendars/_add/",
    "/admin/beatwright/calendars/sundays/",
    "/admin/beatwright/calendars/sundays/change/",
    "/admin/beatwright/notices/{notice}/",
    "/admin/beatwright/import/",
    "/admin/beatwright/run/{run}/compare/",
    "/admin/beatwright/run/{run}/peek/",
    "/admin/beatwright/run/{run}/delete/",
    "/admin/beatwright/job/{job}/history/",
    "/admin/beatwright/auditentry/",
    "/admin/beatwright/apitoken/",
    "/admin/beatwright/apitoken/{token}/revoke/",
]
OTHERS = [
    "/admin/beatwright/job/",
    "/admin/beatwright/job/?q=nothing-like-it",
    "/admin/beatwright/job/add/",
    "/admin/beatwright/job/{job}/",
    "/admin/beatwright/job/{job}/change/",
    "/admin/beatwright/job/{job}/run/",
    "/admin/beatwright/job/{job}/pause/",
    "/admin/beatwright/job/{job}/backfill/",
    "/admin/beatwright/run/{run}/",
    "/admin/beatwright/run/{run}/rerun/",
    "/admin/auth/user/",
    "/admin/auth/user/add/",
    "/admin/django_celery_beat/periodictask/",
    "/admin/django_celery_results/taskresult/",
    "/admin/password_change/",
]
# Django's own, and django-celery-beat's and -results' beside those above: not a line of ours is
# on them.
STOCK = re.compile(
    r"admin/(auth|django_celery_\w+)/|admin/(autocomplete|jsi18n|r)/|admin/<|admin/\^|admin/\(|"
    r"admin/password_change/done"
)
# What these need is made by walking up to them, in the test that is named.
ELSEWHERE = {
    "admin/login/": "tests/browser/test_signing_in.py",
    "admin/logout/": "tests/browser/test_signing_in.py",
    "admin/invitation/<str:secret>/": "tests/browser/test_letting_in.py",
    "admin/people/<int:pk>/sessions/<uuid:session>/end/": "tests/browser/test_letting_in.py",
    "admin/beatwright/import/<uuid:pk>/": "tests/browser/test_importing.py",
    "admin/views/<uuid:pk>/delete/": "tests/browser/test_run_list.py",
}
PLACE = re.compile(r"<(?:\w+:)?(\w+)>")
# What stands in a route's place, by what comes before it.
STANDS_FOR = {
    "alerts": "{alert}",
    "apitoken": "{token}",
    "bulk": "{bulk}",
    "calendars": "sundays",
    "channels": "hook",
    "group": "ab" * 20,
    "job": "{job}",
    "notices": "{notice}",
    "people": "{person}",
    "pools": "gpu",
    "queues": "mail",
    "routes": "night",
    "run": "{run}",
    "secrets": "billing-db",
    "views": "run",
    "workers": "mail",
}


class Addresses:
    """Turns a page into its whole address, on a site that holds what SEED makes."""

    def __init__(self, site: Site) -> None:
        self._site = site

    def __call__(self, page: str) -> str:
        return self._site.url + self.path(page)

    def path(self, page: str) -> str:
        """``page`` with the ids of rows that there are."""
        return page.format(**self._ids)

    @cached_property
    def _ids(self) -> dict[str, object]:
        run = self._site.runs("first", state="failed")[0]
        tables = {
            "alert": "beatwright_alert",
            "bulk": "beatwright_bulkoperation",
            "notice": "beatwright_notice",
            "person": "auth_user",
            "token": "beatwright_apitoken",
        }
        first = {
            name: self._site.query(f"SELECT id FROM {table} ORDER BY id DESC")[0]["id"]
            for name, table in tables.items()
        }
        return {"job": run["job_id"], "run": run["id"], **first}


def unopened() -> Iterator[str]:
    """A page for each route of the console, but for those above, STOCK and ELSEWHERE."""
    ids = dict.fromkeys(("alert", "person"), "1")
    some = "01a22ea1-1b8c-7030-86d4-ad5c72865887"
    ids |= dict.fromkeys(("bulk", "job", "notice", "run", "token"), some)
    opened = {resolve(page.partition("?")[0].format(**ids)).route for page in (*OURS, *OTHERS)}
    for route in _routes():
        if route not in opened | ELSEWHERE.keys() and not STOCK.match(route):
            yield _filled(route)


def _filled(route: str) -> str:
    def stands_for(place: re.Match[str]) -> str:
        return STANDS_FOR[route[: place.start()].rstrip("/").rpartition("/")[2]]

    return "/" + PLACE.sub(stands_for, route)


def _routes(resolver: URLResolver | None = None, before: str = "") -> Iterator[str]:
    for each in (resolver or get_resolver()).url_patterns:
        text = f"{before}{each.pattern}"
        if isinstance(each, URLResolver):
            yield from _routes(each, text)
        elif text.startswith("admin/"):
            yield text
