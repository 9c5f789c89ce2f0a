"""What stands in the database before anything runs: jobs, rows and secrets that hold marks, and
people who look.
"""

from __future__ import annotations

import json
from textwrap import dedent

from tests.acceptance.canary.marks import MARKS
from tests.support.site import Site

PEOPLE = ("viewer", "operator", "editor", "admin", "boss", "limited", "nobody")
TASKS = """
    import json
    import logging
    import multiprocessing
    import os
    import time
    from concurrent.futures import ThreadPoolExecutor
    from typing import Any

    from celery import shared_task


    @shared_task(name="Tells")
    def tells(**params: Any) -> dict[str, Any]:
        print("was given", params)
        logging.getLogger(__name__).warning("password=%s", params["password"])
        return {"params": params, "said": f"logged in with {params['password']}"}


    @shared_task(name="Lasts")
    def lasts(password: str) -> None:
        print("was given", password)
        time.sleep(600)


    @shared_task(name="Refers", bind=True)
    def refers(
        self: Any, plain: str, header: str, document: str, fork: bool = True
    ) -> dict[str, Any]:
        found = json.loads(document)["api_token"]
        for text in (plain, header, document, found):
            print("was given", text)
            logging.getLogger("anybody").warning("given %s", text)
        ThreadPoolExecutor(1).submit(print, "in a pool of threads", plain).result(30)
        if fork:
            forking = multiprocessing.get_context("fork")
            child = forking.Process(target=_in_a_fork, args=(plain, found))
            child.start()
            child.join(60)
        self.update_state(state="PROGRESS", meta={"at": plain, "of": [found]})
        os.environ["LEFT"] = plain
        return {"plain": plain, "header": header, "found": found, plain: 1,
            "long": "x" * 1010 + plain}


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
from jobs.actions.notice.channels import create_channel
from jobs.actions.notice.routes import create_route
from jobs.actions.secrets import create_secret
from jobs.actions.people.tokens import create_token
from jobs.access.roles import Role
from jobs.models import Job
from tests.support.people import make_user

marks = json.loads(%r)
common = {"schedule": "@yearly"}
Job.objects.create(name="tells", task="Tells", metadata={"client_secret": marks["metadata"]},
    params={
    "password": marks["param"], "db": {"credentials": [marks["nested param"]]},
    "address": f"https://ann:{marks['address']}@127.0.0.1/", "note": "to be seen"}, **common)
now = timezone.now()
value = json.dumps({"api_token": marks["part of a secret"], "n": 1})
lines = "first one\\n" + marks["second line"]
for name, text in (("plain", marks["secret"]), ("lines", lines), ("json", value)):
    create_secret({"name": name, "value": text}, actor=SYSTEM, now=now)
create_channel({"name": "hook", "kind": "webhook", "key": f"whsec_{marks['channel key']}{'A' * 20}",
    "address": f"http://ann:{marks['channel address']}@127.0.0.1:1/{marks['channel address']}"},
    actor=SYSTEM, now=now)
create_route({"name": "all", "channel": "hook"}, actor=SYSTEM, now=now)
named = {"plain": {"$secret": "plain"}, "document": {"$secret": "json"}}
refers = named | {"header": {"$secret": "lines", "in": "Bearer {}"}}
Job.objects.create(name="refers", task="Refers", params=refers, **common)
Job.objects.create(name="refers-anew", task="Refers", params=refers, fresh_process=True, **common)
Job.objects.create(name="refers-fails", task="FailsWithReference", max_retries=1,
    retry_backoff_seconds=0,
                   params=named, **common)
Job.objects.create(name="fails", task="Fails", max_retries=0,
    params={"api_token": marks["failing param"]}, **common)
Job.objects.create(name="lasts", task="Lasts", params={"password": marks["param"]}, **common)
Job.objects.create(name="spare", task="Tells", params={"password": marks["param"]}, **common)
Job.objects.create(name="waits", task="Tells", queue="nobody",
    params={"password": marks["waiting param"]}, **common)
every = IntervalSchedule.objects.create(every=1, period="seconds")
headers = json.dumps({"authorization": f"Bearer {marks['row header']}"})
for task, kwargs in (
    ("Tells", {"password": marks["row argument"], "db": {"credentials": [marks["row argument"]]}}),
    ("Fails", {"api_token": marks["row argument"]}),
):
    PeriodicTask.objects.create(
        name=f"row of {task}", task=task, enabled=False, interval=every, headers=headers,
        kwargs=json.dumps(kwargs))
for role in Role:
    make_user(role)
make_user(None)
make_user(Role.ADMIN, "limited", tags=["fin"])
User.objects.create_superuser("boss", password=None)
tokens = {
    user.username: create_token(user, name="canary", actor=SYSTEM, now=timezone.now()).secret
    for user in User.objects.all()}
boss = User.objects.get(username="boss")
# A token makes one where its scopes say so.
makes = {"name": "maker", "scopes": ["beatwright.add_apitoken"]}
tokens["maker"] = create_token(boss, actor=SYSTEM, now=timezone.now(), **makes).secret
print(json.dumps(tokens))
"""


def write_tasks(site: Site) -> None:
    """A module of tasks that say what they are given wherever they can."""
    folder = site.folder / "modules"
    folder.mkdir()
    (folder / "canary_tasks.py").write_text(dedent(TASKS))
    site.env["PYTHONPATH"] = str(folder)


def seed(site: Site) -> dict[str, str]:
    """Make the jobs, the rows and the people; returns a token of each."""
    tokens: dict[str, str] = json.loads(site.python(SEED % json.dumps(MARKS)))
    return tokens
