"""What the operations are tried on: a job that everybody may see, one with another tag, and all
that hangs on them.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from typing import Any

from django.contrib.auth.models import User
from django.db import connection
from django.utils import timezone

from jobs.access.sessions.sign_ins import begin_session
from jobs.actions.alerts import acknowledge_alert
from jobs.actions.bulk import begin_bulk
from jobs.actions.jobs import update_job
from jobs.actions.people.invitations import renew_invitation
from jobs.actions.people.tokens import create_token
from jobs.actions.queues import pause_queue
from jobs.actions.runs.backfills import backfill_job
from jobs.actions.secrets import create_secret
from jobs.models import (
    Alert,
    ApiToken,
    Backfill,
    BulkOperation,
    Job,
    Notice,
    Queue,
    Restriction,
    Run,
    RunState,
    Secret,
    SignIn,
)
from tests.support.builders import (
    by,
    make_alert,
    make_attempt,
    make_calendar,
    make_channel,
    make_job,
    make_leader,
    make_log,
    make_notice,
    make_pool,
    make_route,
    make_run,
    make_worker,
)

HERE, AWAY = "fin", "ops"
UNSEEN, SEEN = "zq7unseen", "zq8seen"
CHANNEL, FREE_CHANNEL, ROUTE = "told", "unused", "all-of-it"
POOL, PAUSED, WORKER, CALENDAR = "gpu", "night", "to-stop@here", "plant"
SECRET = "hunter2zq9"  # a password that only revealing shows
# What changes with every request of a browser, and says nothing of jobs.
NOT_COUNTED = {"django_session", "beatwright_signin"}


@dataclass(frozen=True)
class Thing:
    """A job, and one of everything that belongs to it; ``runs`` by what has become of them.

    ``person`` is limited to its tag, or to none where that is away, was invited, and is in
    ``session``; ``gone`` is like them, and deactivated.
    """

    job: Job
    archived: Job
    runs: dict[str, Run]
    backfill: Backfill
    alert: Alert
    acknowledged: Alert
    bulk: BulkOperation
    token: ApiToken
    secret: Secret
    notice: Notice
    person: User
    gone: User
    session: SignIn

    def rows(self) -> str:
        """All of its rows as they are now."""
        mine: list[Any] = [
            *Job.objects.filter(pk__in=(self.job.pk, self.archived.pk)).values_list()
        ]
        mine += Run.objects.filter(job_id=self.job.pk).order_by("pk").values_list()
        people = (self.person, self.gone, self.session)
        for row in (
            self.backfill,
            self.alert,
            self.acknowledged,
            self.bulk,
            self.token,
            self.secret,
            self.notice,
            *people,
        ):
            mine += type(row)._default_manager.filter(pk=str(row.pk)).values_list()
        return repr(mine)


@dataclass(frozen=True)
class World:
    """``here`` carries the tag that some are limited to, ``away`` does not."""

    here: Thing
    away: Thing


def make_world() -> World:
    """A worker, a pool, a paused queue, and twice all that a job can have."""
    make_leader()
    make_worker(name=WORKER)
    make_pool(POOL)
    make_calendar(CALENDAR)
    make_channel(FREE_CHANNEL, enabled=False)
    make_route(make_channel(CHANNEL, enabled=False), ROUTE)
    Queue.objects.create(name=PAUSED)
    world = World(make_thing(HERE, SEEN), make_thing(AWAY, UNSEEN))
    pause_queue(PAUSED, actor=by("before"), now=timezone.now())
    return world


def make_thing(tag: str, mark: str) -> Thing:
    """Whatever of it is told holds the mark."""
    now = timezone.now()
    fields: dict[str, Any] = {
        "tags": [tag],
        "queue": f"{mark}-queue",
        "params": {"note": mark, "password": SECRET},
        "owner": mark,
    }
    job = make_job(
        name=f"{mark}-job", schedule="@hourly", starts_at=now - timedelta(days=2), **fields
    )
    update_job(job, {"description": mark}, actor=by(mark), now=now)
    job.refresh_from_db()
    archived = make_job(name=f"{mark}-old", archived_at=now, enabled=False, **fields)
    backfill = backfill_job(job, actor=by(mark), now=now, start=now - timedelta(hours=3), end=now)
    acknowledged = acknowledge_alert(
        make_alert(job, kind="failing", message=mark), actor=by(mark), reason=mark, now=now
    )
    owner, person = _somebody(f"owner-{tag}", tag), _somebody(f"person-{tag}", tag)
    renew_invitation(person, actor=by("before"), now=now)
    return Thing(
        job, archived, _runs(job, mark), backfill, make_alert(job, message=mark), acknowledged,
        begin_bulk("pause", {"search": mark}, {}, actor=by(mark), now=now),
        create_token(owner, name=mark, tags=[tag], actor=by("before"), now=now).token,
        # Its name is in addresses, and whoever is refused is told which address.
        create_secret(
            {"name": f"of-{tag}", "value": SECRET, "tags": [tag], "description": mark},
            actor=by("before"), now=now
        ),
        make_notice(job, title=mark, channel_name=CHANNEL, route_name=ROUTE),
        person, _somebody(f"gone-{tag}", tag, is_active=False),
        begin_session(person, f"session-{tag}", address="", browser="", now=now),
    )  # fmt: skip


def _somebody(name: str, tag: str, **fields: Any) -> User:
    user = User.objects.create_user(name, is_staff=True, **fields)
    if tag == HERE:
        Restriction.objects.create(user=user, tags=[tag])
    return user


def _runs(job: Job, mark: str) -> dict[str, Run]:
    now = timezone.now()
    over: dict[str, Any] = {"started_at": now, "finished_at": now, "attempt": 1}
    discarded = {"resolved_at": now, "resolution": f"discarded: {mark}"}
    runs = {
        "waiting": make_run(job),
        "over": make_run(job, state=RunState.SUCCEEDED, rolled_up=True, **over),
        "dead": make_run(job, state=RunState.FAILED, error=mark, **over),
        "discarded": make_run(job, state=RunState.FAILED, error=mark, **over, **discarded),
    }
    for run in (runs["over"], runs["dead"]):
        make_attempt(
            run, outcome="succeeded" if run == runs["over"] else "failed", result=f'"{mark}"'
        )
        make_log(run, f"{mark}\n")
    return runs


def digest() -> str:
    """Of every row of every table."""
    found = hashlib.sha256()
    with connection.cursor() as cursor:
        for table in _tables(connection.alias):
            cursor.execute(f"SELECT * FROM {table}")
            found.update(repr((table, sorted(map(repr, cursor.fetchall())))).encode())
    return found.hexdigest()


@lru_cache
def _tables(alias: str) -> list[str]:
    names = set(connection.introspection.django_table_names(only_existing=True)) - NOT_COUNTED
    return [connection.ops.quote_name(name) for name in sorted(names)]
