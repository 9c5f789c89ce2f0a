"""Jobs and runs for tests, each valid as it stands: a test names only the fields it is about."""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from django.utils import timezone
from django_celery_results.models import TaskResult

from jobs.access.actor import Actor, Surface
from jobs.dispatch.pools import needs_of, pool_of
from jobs.lifecycle.rows import AttemptMeta
from jobs.models import (
    Alert,
    AlertKind,
    Calendar,
    Channel,
    Job,
    Leader,
    Notice,
    NoticeState,
    Pool,
    Route,
    Run,
    RunLog,
    Secret,
    Worker,
)
from jobs.models.run import message_id, occurrence_key, rank
from jobs.notices.channels.target import Target, new_signing_key, shown_address
from jobs.sealing import sealed

_numbers = itertools.count(1)


def by(name: str, **fields: Any) -> Actor:
    """Somebody at the console who may do everything, unless ``permissions`` or ``tags`` say
    otherwise.
    """
    return Actor(name, Surface.CONSOLE, **fields)


def make_job(**fields: Any) -> Job:
    """A saved job, by default an EchoTask every five minutes."""
    defaults = {"name": f"job-{next(_numbers)}", "task": "EchoTask", "schedule": "*/5 * * * *"}
    return Job.objects.create(**(defaults | fields))


def make_run(job: Job | None = None, **fields: Any) -> Run:
    """A saved run of ``job`` (or of a new one), by default queued, due now and not yet
    published.
    """
    job = job or make_job()
    now = timezone.now()
    # SQLite's clock has milliseconds and is compared as text, in which .123000 comes after .123:
    # due by that one, too.
    now -= timedelta(microseconds=now.microsecond % 1000 + 1000)
    defaults: dict[str, Any] = {
        "job": job,
        "scheduled_for": now,
        "queue": job.queue,
        "priority": job.priority,
        "pool": pool_of(job),
        **needs_of(job),
        "task": job.task,
        "params": job.params,
        "job_version": job.version,
        "created_at": now,
    }
    values = defaults | fields
    values.setdefault("available_at", values["scheduled_for"])
    values.setdefault("rank_at", rank(values["available_at"], values["priority"]))
    # The number keeps two runs of the same second apart, which schedules never make but tests do.
    values.setdefault(
        "occurrence_key", f"{occurrence_key(values['scheduled_for'])}#{next(_numbers)}"
    )
    return Run.objects.create(**values)


def make_pool(name: str, **limits: int) -> Pool:
    """A pool with these limits, and without any other."""
    now = timezone.now()
    return Pool.objects.create(name=name, created_at=now, updated_at=now, **limits)


def make_calendar(name: str, **closes: Any) -> Calendar:
    """A calendar that closes Sundays, unless told otherwise."""
    now = timezone.now()
    values = closes or {"weekdays": ["SUN"]}
    return Calendar.objects.create(name=name, created_at=now, updated_at=now, **values)


def make_calendars(names: Iterable[str]) -> None:
    """Those of these calendars that there are not yet."""
    there = set(Calendar.objects.values_list("name", flat=True))
    for name in sorted(set(names) - there):
        make_calendar(name)


def make_secret(name: str, value: str = "corr3ct-h0rse", **fields: Any) -> Secret:
    """A secret with this value, for every job unless ``tags`` say otherwise."""
    now = timezone.now()
    times = {"created_at": now, "updated_at": now, "rotated_at": now}
    return Secret.objects.create(name=name, sealed=sealed(value), **(times | fields))


def make_log(run: Run, *texts: str, attempt: int = 1) -> None:
    """The log of an attempt, each text a piece of whole lines."""
    line = 0
    for seq, text in enumerate(texts, 1):
        first, line = line + 1, line + text.count("\n")
        RunLog.objects.create(
            run=run,
            attempt=attempt,
            seq=seq,
            created_at=timezone.now(),
            first_line=first,
            last_line=line,
            text=text,
        )


def make_attempt(
    run: Run, number: int = 1, outcome: str | None = "succeeded", **fields: Any
) -> TaskResult:
    """The record of one start of the run, on the worker ``celery@w1``; ``outcome`` None: it is not
    over.
    """
    defaults = {
        "task_name": run.task,
        "status": {"succeeded": "SUCCESS", None: "STARTED"}.get(outcome, "FAILURE"),
        "content_type": "application/json",
        "content_encoding": "utf-8",
        "date_started": run.started_at,
        "worker": "celery@w1",
        "meta": AttemptMeta(run.pk, number, outcome=outcome).text(),
    }
    return TaskResult.objects.create(task_id=message_id(run.pk, number), **(defaults | fields))


def make_worker(*queues: str, **fields: Any) -> Worker:
    """A live worker of these queues (of ``default`` if none is named), with four slots, that knows
    EchoTask.
    """
    now = timezone.now()
    defaults = {
        "name": f"worker-{next(_numbers)}@here",
        "host": "here",
        "identity": "boot 1 0",
        "pid": 1,
    }
    values: dict[str, Any] = {
        "tasks": ["EchoTask"],
        "concurrency": 4,
        "started_at": now,
        "heartbeat_at": now,
    }
    return Worker.objects.create(
        **(defaults | values | {"queues": list(queues) or ["default"]} | fields)
    )


def make_alert(job: Job | None = None, **fields: Any) -> Alert:
    """Something that needs attention since just now: about ``job``, or about a queue without a
    worker.
    """
    now = timezone.now()
    kind = AlertKind.LATE if job else AlertKind.NO_CONSUMER
    values: dict[str, Any] = {
        "kind": kind,
        "subject": str(job.pk) if job else "default",
        "job": job,
    }
    values |= {"message": "no worker takes from it", "opened_at": now, "seen_at": now}
    values |= fields
    values.setdefault("cause", f"{values['kind']}:{values['subject']}")
    return Alert.objects.create(**values)


def make_leader(**fields: Any) -> Leader:
    """A scheduler that holds the lease."""
    now = timezone.now()
    defaults = {
        "role": "scheduler",
        "holder": "here:1",
        "acquired_at": now,
        "expires_at": now + timedelta(seconds=10),
    }
    return Leader.objects.create(**(defaults | fields))


def make_channel(name: str = "ops", kind: str = "webhook", **fields: Any) -> Channel:
    """A channel, by default a webhook that leads nowhere; ``address`` and ``key`` say where."""
    now = timezone.now()
    address = fields.pop("address", "http://127.0.0.1:1/hook")
    key = fields.pop("key", new_signing_key() if kind == "webhook" else "")
    values = {"sealed": Target(address, key).sealed(), "shown": shown_address(kind, address)}
    times = {"created_at": now, "updated_at": now}
    return Channel.objects.create(name=name, kind=kind, **(values | times | fields))


def make_route(channel: Channel, name: str = "all", **fields: Any) -> Route:
    """A route of every alert to this channel."""
    now = timezone.now()
    return Route.objects.create(
        name=name, channel=channel, **({"created_at": now, "updated_at": now} | fields)
    )


def make_notice(job: Job | None = None, **fields: Any) -> Notice:
    """What was told of an alert, about ``job`` or about a queue: sent just now."""
    now, number = timezone.now(), next(_numbers)
    values: dict[str, Any] = {
        "key": f"made-{number}",
        "kind": "opened",
        "state": NoticeState.SENT,
        "title": "no worker consumes queue default",
        "alert_id": number,
        "alert_kind": AlertKind.LATE if job else AlertKind.NO_CONSUMER,
        "subject": str(job.pk) if job else "default",
        "job": job,
        "created_at": now,
        "next_at": now,
    }
    return Notice.objects.create(**(values | fields))
