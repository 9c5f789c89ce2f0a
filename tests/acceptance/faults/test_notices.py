"""Scenario 39: what people are told arrives, although the leader dies between any two steps."""

from __future__ import annotations

from collections import Counter
from typing import Any

from tests.acceptance.faults.scenario import Scenario
from tests.acceptance.faults.site import FaultSite
from tests.support.eventually import eventually
from tests.support.hooks import NEVER, HookServer

POINTS = ["crash_before_notice", "crash_after_notice", "crash_after_claim", "crash_after_answer"]
TUNING = {
    "notice_seconds": 0.2,
    "notice_lease_seconds": 3,
    "notice_send_seconds": 2,
    "notice_retry_seconds": 0.5,
}
ROUTE = """
from django.utils.timezone import now
from jobs.access.actor import SYSTEM
from jobs.actions.notice.channels import create_channel
from jobs.actions.notice.routes import create_route
from jobs.notices.channels.target import new_signing_key
values = {{"name": "hook", "kind": "webhook", "address": "{url}", "key": new_signing_key()}}
create_channel(values, actor=SYSTEM, now=now())
values = {{"name": "all", "channel": "hook", "kinds": ["no_consumer"], "recovery": False}}
create_route(values, actor=SYSTEM, now=now())
"""


def test_39_every_alert_arrives_though_the_leader_dies_between_its_steps(
    scenario: Scenario,
) -> None:
    with HookServer() as server, _site(scenario) as site:
        site.python(ROUTE.format(url=server.url))
        for number, point in enumerate(POINTS):
            scheduler = site.scheduler(env=site.patched(point))
            _neglect(site, f"q{number}")
            scenario.exactly(f"{point.replace('_', ' ')}: exit", scheduler.wait(seconds=40), 70)
        killed = site.scheduler()
        earlier = {f"q{number}" for number in range(len(POINTS))}
        eventually(lambda: _sent(site) == earlier, seconds=60)
        server.script.answers.appendleft(NEVER)
        _neglect(site, "q-last")
        eventually(lambda: _subjects(server)["q-last"], seconds=40)
        killed.kill9()
        site.scheduler()
        wanted = earlier | {"q-last"}
        eventually(lambda: _sent(site) == wanted, seconds=60)
        ids = Counter(got.headers["webhook-id"] for got in server.received)
        scenario.exactly("alerts that never arrived", len(wanted - set(_subjects(server))), 0)
        scenario.exactly("ids", len(ids), len(wanted))
        # After the answer that was not written, and after the one that never came.
        scenario.exactly("sent again", sum(ids.values()) - len(ids), 2)
        site.manage("doctor", "--history")


def _site(scenario: Scenario) -> FaultSite:
    return scenario.site(tuning=TUNING, env={"HTTP_ALLOW_HOSTS": "127.0.0.1"})


def _neglect(site: FaultSite, queue: str) -> None:
    """A run waits in a queue that no worker consumes."""
    site.create([{"name": f"in-{queue}", "schedule": "@manual", "queue": queue}])
    site.manage("job", "run", f"in-{queue}")


def _subjects(server: HookServer) -> Counter[str]:
    bodies = [got.body.decode() for got in list(server.received)]
    return Counter(_subject(body) for body in bodies)


def _subject(body: str) -> str:
    return body.partition('"subject": "')[2].partition('"')[0]


def _sent(site: FaultSite) -> set[str]:
    rows: list[Any] = site.query("SELECT subject FROM beatwright_notice WHERE state = 'sent'")
    return {row["subject"] for row in rows}
