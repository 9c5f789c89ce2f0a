"""The marks: one in every secret setting, and one wherever people put a secret into a job or a row."""

from __future__ import annotations

import json
from collections.abc import Mapping
from textwrap import dedent

from tests.support.site import Site

# Each is found by itself, so that a failure names what got out.
SETTINGS = (
    "SECRET_KEY", "ADMIN_PASSWORD", "EMAIL_HOST_PASSWORD", "SCHEDULER_TOKEN", "METRICS_TOKEN", "REDIS_URL",
    "BROKER_TRANSPORT_OPTIONS", "OTEL_EXPORTER_OTLP_ENDPOINT", "MESSAGE_KEYS", "SECRETS_KEYS",
)  # fmt: skip
ROWS = (
    "param", "nested param", "address", "failing param", "metadata", "row argument", "row header", "waiting param",
    "secret", "second line", "part of a secret",
)  # fmt: skip
OF_SECRETS = ROWS[-3:]  # the values of secrets that jobs refer to
MARKS: Mapping[str, str] = {name: f"cnry{number:02}x7Qk9v" for number, name in enumerate((*SETTINGS, *ROWS))}

TASKS = """
    import json
    import logging
    import multiprocessing
    import os
    from concurrent.futures import ThreadPoolExecutor
    from typing import Any

    from celery import shared_task


    @shared_task(name="Tells")
    def tells(**params: Any) -> dict[str, Any]:
        print("was given", params)
        logging.getLogger(__name__).warning("password=%s", params["password"])
        return {"params": params, "said": f"logged in with {params['password']}"}


    @shared_task(name="Refers", bind=True)
    def refers(self: Any, plain: str, header: str, document: str, fork: bool = True) -> dict[str, Any]:
        found = json.loads(document)["api_token"]
        for text in (plain, header, document, found):
            print("was given", text)
            logging.getLogger("anybody").warning("given %s", text)
        ThreadPoolExecutor(1).submit(print, "in a pool of threads", plain).result(30)
        if fork:
            child = multiprocessing.get_context("fork").Process(target=_in_a_fork, args=(plain, found))
            child.start()
            child.join(60)
        self.update_state(state="PROGRESS", meta={"at": plain, "of": [found]})
        os.environ["LEFT"] = plain
        return {"plain": plain, "header": header, "found": found, plain: 1, "long": "x" * 1010 + plain}


    def _in_a_fork(plain: str, found: str) -> None:
        print("in a fork", plain)
        logging.getLogger("anybody").warning("in a fork %s", found)
        raise RuntimeError(f"a fork ends with {plain}")


    @shared_task(name="FailsWithReference")
    def fails_with_reference(plain: str, document: str) -> None:
        try:
            json.loads(document)["missing"]
        except KeyError as error:
            raise RuntimeError(f"{plain} does not open {document}") from error


    @shared_task(name="Fails")
    def fails(api_token: str) -> None:
        raise RuntimeError(f"401 for {api_token}")
"""
SEED = """
import json
from django.contrib.auth.models import User
from django.utils import timezone
from django_celery_beat.models import IntervalSchedule, PeriodicTask
from jobs.access.actor import SYSTEM
from jobs.actions.secrets import create_secret
from jobs.actions.tokens import create_token
from jobs.access.roles import Role
from jobs.models import Job
from tests.support.people import make_user

marks = json.loads(%r)
common = {"schedule": "@yearly"}
Job.objects.create(name="tells", task="Tells", metadata={"client_secret": marks["metadata"]}, params={
    "password": marks["param"], "db": {"credentials": [marks["nested param"]]},
    "address": f"https://ann:{marks['address']}@127.0.0.1/", "note": "to be seen"}, **common)
now = timezone.now()
value = json.dumps({"api_token": marks["part of a secret"], "n": 1})
for name, text in (("plain", marks["secret"]), ("lines", "first one\\n" + marks["second line"]), ("json", value)):
    create_secret({"name": name, "value": text}, actor=SYSTEM, now=now)
named = {"plain": {"$secret": "plain"}, "document": {"$secret": "json"}}
refers = named | {"header": {"$secret": "lines", "in": "Bearer {}"}}
Job.objects.create(name="refers", task="Refers", params=refers, **common)
Job.objects.create(name="refers-anew", task="Refers", params=refers, fresh_process=True, **common)
Job.objects.create(name="refers-fails", task="FailsWithReference", max_retries=1, retry_backoff_seconds=0,
                   params=named, **common)
Job.objects.create(name="fails", task="Fails", max_retries=0, params={"api_token": marks["failing param"]}, **common)
Job.objects.create(name="waits", task="Tells", queue="nobody", params={"password": marks["waiting param"]}, **common)
PeriodicTask.objects.create(
    name="row", task="Tells", enabled=False, interval=IntervalSchedule.objects.create(every=1, period="seconds"),
    kwargs=json.dumps({"password": marks["row argument"], "note": "to be seen"}),
    headers=json.dumps({"authorization": f"Bearer {marks['row header']}"}))
for role in Role:
    make_user(role)
make_user(None)
make_user(Role.ADMIN, "limited", tags=["fin"])
boss = User.objects.create_superuser("boss", password=None)
print(create_token(boss, name="canary", actor=SYSTEM, now=timezone.now()).secret)
"""

# Every value, for the test that they were put where they are looked for.
OPENED = """
from jobs.models import Secret
from jobs.sealing import unsealed
print([unsealed(token) for token in Secret.objects.values_list("sealed", flat=True)])
"""


def environment(broker: str) -> dict[str, str]:
    """Every secret setting with its mark."""
    plain = {name: MARKS[name] for name in SETTINGS}
    return plain | {
        "MESSAGE_KEYS": f"{MARKS['MESSAGE_KEYS']}{'-' * 32}",
        "REDIS_URL": f"redis://:{MARKS['REDIS_URL']}@127.0.0.1:1/0",  # where requests are counted; nobody answers there
        "BROKER_TRANSPORT_OPTIONS": json.dumps({"canary": MARKS["BROKER_TRANSPORT_OPTIONS"]}),
        "OTEL_EXPORTER_OTLP_ENDPOINT": f"http://ann:{MARKS['OTEL_EXPORTER_OTLP_ENDPOINT']}@127.0.0.1:1",
        "SECRETS_KEYS": f"{MARKS['SECRETS_KEYS']:A<43}=",
        "CELERY_BROKER_URL": broker,
        "EMAIL_HOST": "127.0.0.1",
        "TASK_MODULES": "canary_tasks",
    }


def write_tasks(site: Site) -> None:
    """A module of tasks that say what they are given wherever they can."""
    folder = site.folder / "modules"
    folder.mkdir()
    (folder / "canary_tasks.py").write_text(dedent(TASKS))
    site.env["PYTHONPATH"] = str(folder)


def seed(site: Site) -> str:
    """Make the jobs, the row and the people; returns a superuser's token."""
    return site.python(SEED % json.dumps(MARKS)).strip()
