"""``import_schedule --from-redbeat``: the entries that RedBeat keeps in Redis."""

from __future__ import annotations

import json
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from jobs.models import Job
from tests.support.redis import RedisServer

CRONTAB = {"__type__": "crontab", "minute": "30", "hour": "2", "day_of_week": "mon",
           "day_of_month": "1-7",
           "month_of_year": "*"}  # fmt: skip


def keep(broker: RedisServer, name: str, schedule: Any, **more: Any) -> None:
    """As RedBeat saves an entry."""
    definition = {"name": name, "task": "EchoTask", "args": [], "kwargs": {"n": 1},
                  "options": {"queue": "q", "expires": 60},
                  "schedule": schedule, "enabled": True} | more  # fmt: skip
    with broker.client() as client:
        client.hset(f"redbeat:{name}", "definition", json.dumps(definition))
        client.hset(f"redbeat:{name}", "meta", "{}")


def command(url: str, **flags: Any) -> str:
    out, err = StringIO(), StringIO()
    try:
        call_command("import_schedule", from_redbeat=[url], stdout=out, stderr=err, **flags)
    except CommandError as error:
        err.write(str(error))
    return out.getvalue() + err.getvalue()


def test_entries_become_jobs_and_what_is_no_entry_is_left_alone(broker: RedisServer) -> None:
    keep(broker, "nightly", CRONTAB)
    keep(broker, "often", {"__type__": "interval", "every": 90.0, "relative": False}, enabled=False)
    with broker.client() as client:
        client.zadd("redbeat::schedule", {"redbeat:nightly": 1})
        client.set("redbeat::lock", "x")
        client.hset("other", "definition", "{}")
    assert "2 new" in command(broker.url, timezone="Europe/Berlin")
    nightly, often = Job.objects.order_by("name")
    assert (nightly.schedule, nightly.timezone, nightly.day_rule) == (
        "30 2 1-7 * mon",
        "Europe/Berlin",
        "and",
    )
    assert (nightly.params, nightly.queue, nightly.start_deadline_seconds) == ({"n": 1}, "q", 60)
    assert (often.schedule, often.enabled) == ("@every 1m30s", False)
    assert "0 changes, 2 unchanged" in command(broker.url, timezone="Europe/Berlin", prune=True)


@pytest.mark.parametrize(
    ("schedule", "message"),
    [
        ({"__type__": "rrule", "freq": 3}, "a schedule of the kind rrule is not read"),
        ({"__type__": "interval", "every": 5, "relative": True}, "relative to the clock"),
        ("daily", "is not one of RedBeat's"),
    ],
)
def test_what_cannot_be_read_is_named(broker: RedisServer, schedule: Any, message: str) -> None:
    keep(broker, "odd", schedule)
    said = command(broker.url)
    assert f"job 'odd', {message}" in said or message in said
    assert not Job.objects.exists()


def test_a_redis_that_does_not_answer_is_told() -> None:
    assert "does not answer" in command("redis://127.0.0.1:9/0")
