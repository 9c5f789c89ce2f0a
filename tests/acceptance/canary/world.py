"""The site of the test: all of it at work, with marks in all that is secret, and recorded from the
start.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial

import httpx

from tests.acceptance.canary import report_roads
from tests.acceptance.canary.broker_roads import Recorder
from tests.acceptance.canary.marks import MARKS, environment
from tests.acceptance.canary.seeding import seed, write_tasks
from tests.support.dts_go import Client
from tests.support.eventually import eventually
from tests.support.otlp import Collector
from tests.support.site import Site
from tests.support.smtp import MailServer

ENDINGS = {
    "tells": "succeeded", "fails": "failed", "refers": "succeeded", "refers-anew": "succeeded",
    "refers-fails": "failed", "lasts": "cancelled",
}  # fmt: skip
PLAIN_TASKS = ("row of Tells", "row of Fails")


@dataclass(frozen=True)
class World:
    """``tokens`` by people's names, the ids of ``jobs`` by theirs.

    ``broken_url``: a web server with DEBUG on, which mails its errors to ``mails``.
    """

    site: Site
    tokens: dict[str, str]
    broken_url: str
    mails: list[str]
    recorder: Recorder
    collector: Collector
    jobs: dict[str, str]


@contextmanager
def started() -> Iterator[World]:
    """Runs that succeeded, failed, were retried and cancelled, one that waits, rows that were sent;
    Flower watched.
    """
    with ExitStack() as stack:
        mail, collector = stack.enter_context(MailServer()), stack.enter_context(Collector())
        site = stack.enter_context(Site("sqlite", redis_tcp=True))
        recorder = stack.enter_context(Recorder(site.redis))
        site.env |= environment(site, mail_port=mail.port, collector_port=collector.port)
        write_tasks(site)
        report_roads.write_settings(site)
        tokens = seed(site)
        site.web(env={"DEBUG": "true", "DJANGO_SETTINGS_MODULE": report_roads.SETTINGS_MODULE})
        broken_url = site.url
        site.web()
        site.grpc(GRPC_OPEN_ON_LOOPBACK="false")
        _ask_with_keys(site, tokens)
        site.flower()
        site.scheduler("--loglevel=DEBUG")
        site.worker("--concurrency=2", "--task-events", "--loglevel=DEBUG")
        _run_everything(site)
        jobs = {
            row["name"]: str(row["id"]) for row in site.query("SELECT id, name FROM beatwright_job")
        }
        yield World(site, tokens, broken_url, mail.mails, recorder, collector, jobs)


def _ask_with_keys(site: Site, tokens: dict[str, str]) -> None:
    """What answers are kept for: a job with secrets, made over REST and gRPC, and a token, which is
    shown once.
    """
    headers = {"Authorization": f"Bearer {tokens['boss']}", "Idempotency-Key": "canary"}
    params = {"password": MARKS["param"], "db": {"credentials": [MARKS["nested param"]]}}
    with httpx.Client(base_url=f"{site.url}/api/v1", headers=headers, timeout=60) as client:
        job = client.post(
            "/jobs/",
            json={"name": "keyed", "task": "Tells", "schedule": "@yearly", "params": params},
        )
        client.patch(
            f"/jobs/{job.raise_for_status().json()['id']}/", json={"description": "anew"}
        ).raise_for_status()
        headers |= {"Authorization": f"Bearer {tokens['maker']}", "Idempotency-Key": "canary-2"}
        wanted = {"name": "shown once", "scopes": ["beatwright.add_apitoken"]}
        made = client.post("/tokens/", json=wanted, headers=headers).raise_for_status()
    tokens["made over REST"] = made.json()["secret"]
    with Client(site.grpc_port, token=tokens["boss"]) as caller:
        caller.metadata.append(("idempotency-key", "canary-3"))
        given = {"task": "Tells", "params": json.dumps(params)}
        caller.call(
            "JobService.CreateJob", name="keyed too", cron_expression="0 0 1 1 *", metadata=given
        )


def _run_everything(site: Site) -> None:
    code = """
from django.core.management import call_command
for name in %r:
    call_command("job", "run", name)
"""
    site.python(code % [*ENDINGS, "waits"])
    eventually(lambda: site.runs("lasts", state="running"), seconds=60)
    site.manage("run", "cancel", "--job", "lasts")
    site.execute(
        "UPDATE django_celery_beat_periodictask SET enabled = %s, last_run_at = NULL", True
    )
    site.python(
        "from django_celery_beat.models import PeriodicTasks; PeriodicTasks.update_changed()"
    )
    for name, state in ENDINGS.items():
        eventually(partial(site.runs, name, state=state), seconds=60)
    for name in PLAIN_TASKS:
        done = "SELECT 1 AS one FROM django_celery_results_taskresult WHERE periodic_task_name = %s"
        eventually(partial(site.query, done, name), seconds=60)


# Every value, for the test that they were put where they are looked for.
OPENED = """
from jobs.models import Secret
from jobs.sealing import unsealed
from jobs.models import Channel
for model in (Secret, Channel):
    print([unsealed(token) for token in model.objects.values_list("sealed", flat=True)])
"""


def all_that_is_marked(site: Site) -> str:
    """Where the marks were put, whoever may read it."""
    rows = site.query("SELECT params, metadata FROM beatwright_job")
    rows += site.query("SELECT kwargs, headers FROM django_celery_beat_periodictask")
    return repr(rows) + repr(site.env) + site.python(OPENED) + MARKS["SCHEDULER_URL"]
