"""Whoever can write to the broker: nothing of theirs runs, no run is harmed, and somebody is
told.
"""

from __future__ import annotations

import copy
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.support.forging import (
    NO_LINKS,
    SEAL,
    Raw,
    altered,
    drained,
    of_the_first_protocol,
    plain,
    put,
    sealed,
    signature,
    taken_away,
    write_tasks,
)
from tests.support.eventually import eventually
from tests.support.site import Site

pytestmark = pytest.mark.drawn(most=3, reason="each starts a site with a worker of its own")

# Nobody sends a run again, and no worker restarts for want of its message: the tests hold it back.
TUNING = {
    "reconcile_seconds": 600,
    "watchdog_seconds": 600,
    "alert_seconds": 0.5,
    "lease_renew_seconds": 0.5,
}
JOBS = """
from jobs.models import Job
for name in {names!r}:
    Job.objects.create(name=name, task={task!r}, schedule="@yearly")
"""
ROW = "SELECT * FROM beatwright_worker"


@pytest.fixture
def site() -> Iterator[Site]:
    with Site("sqlite", tuning=TUNING) as site:
        write_tasks(site)
        yield site


def publish(site: Site, *names: str, task: str = "Quiet") -> list[Raw]:
    """One run for each job, and its message, which is in nobody's hands; in the order of the
    names.
    """
    site.python(JOBS.format(names=names, task=task))
    for name in names:
        site.manage("job", "run", name)
    by_job = {
        raw["headers"]["periodic_task_name"]: raw for raw in taken_away(site, number=len(names))
    }
    return [by_job[name] for name in names]


def forged_links(real: Raw, linked: list[Any], mark: str) -> dict[str, Raw]:
    """A run's message that names what else is to run."""
    return {
        "callbacks": altered(real, body=[[], {}, NO_LINKS | {"callbacks": linked}]),
        "errbacks": altered(
            real, body=[[], {}, NO_LINKS | {"errbacks": [signature("MarkAfterError", path=mark)]}]
        ),
        "a chain": altered(real, body=[[], {}, NO_LINKS | {"chain": linked}]),
        "a chord": altered(real, body=[[], {}, NO_LINKS | {"chord": signature("Mark", mark)}]),
        "links among the headers": altered(real, callbacks=linked, errbacks=linked, chain=linked),
    }


def forgeries(real: Raw, other: Raw, mark: str) -> dict[str, Raw]:
    """Every way to make a worker do something that we know of."""
    run = {name: real["headers"][name] for name in ("beatwright_run", "beatwright_publish", "id")}
    body = [[mark], {}, NO_LINKS]
    linked = [signature("Mark", mark, "linked")]
    forged = of_another_task(real, body) | {
        "a plain task": plain("Mark", mark),
        "a task over a list": plain(
            "celery.starmap", task=signature("Mark"), it=[[mark, "starmap"]]
        ),
        "a chunk": plain("celery.chunks", signature("Mark"), [[[mark, "chunk"]]], 1),
        "a group": plain("celery.group", linked, None, str(uuid.uuid4()), []),
        "the end of a chord": plain(
            "celery.chord_unlock", str(uuid.uuid4()), signature("Mark", mark), result=[]
        ),
        "the clean-up": plain("celery.backend_cleanup"),
        "no task of anybody": plain("NoSuchTask"),
        **forged_links(real, linked, mark),
        "arguments": altered(real, body=body),
        "not sealed": altered(real, **{SEAL: None}),
        "the seal of another run": altered(real, **{SEAL: other["headers"][SEAL]}),
        "another publish number": altered(
            real, beatwright_publish=7, id=f"{run['beatwright_run']}.7"
        ),
        "another limit": altered(real, timelimit=[1, 1], beatwright_timeout=0.001),
        "an end": altered(real, expires="2000-01-01T00:00:00+00:00"),
        "an arrival": altered(real, eta="2100-01-01T00:00:00+00:00"),
        "another name to show": altered(real, shadow="EchoTask"),
        "a stamp": altered(real, stamped_headers=["x"], stamps={"x": "1"}),
        "another queue": altered(real, beatwright_queue="other"),
        "a run among the links": plain("Mark", mark, links=NO_LINKS | run),
        "a run in a plain task's headers": plain("Mark", mark, headers=run),
        "a run's id": plain("Quiet", headers={"id": run["id"]}),
    }
    first = {"task": "Mark", "args": [mark], "kwargs": {}, **run}
    return forged | {"the first protocol": of_the_first_protocol(real, first)}


def of_another_task(real: Raw, body: list[Any]) -> dict[str, Raw]:
    """The name that is meant, the name on the wire, and how the version before wrote it."""
    run = real["headers"]["beatwright_run"]
    return {
        "another task": altered(real, beatwright_task="Mark"),
        "another task and arguments": altered(real, beatwright_task="Mark", body=body),
        "another task, not sealed": altered(real, beatwright_task="Mark", **{SEAL: None}),
        "another task on the wire": altered(real, task="Mark", body=body),
        "another task on the wire, not sealed": altered(
            real, task="Mark", body=body, **{SEAL: None}
        ),
        "a run of the version before": altered(
            real, task="Mark", run=run, publish=1, queue="default"
        ),
        "the name on the wire": plain("beatwright.run"),
    }


def test_nothing_that_is_forged_runs_and_the_run_that_it_names_is_not_harmed(site: Site) -> None:
    scheduler = site.scheduler()
    real, other = publish(site, "real", "other")
    mark = site.folder / "mark"
    forged = forgeries(real, other, str(mark))
    worker = site.worker()
    put(site, *forged.values())
    drained(site)

    refused = len(forged) - 1  # the one with a run among its links is no message at all
    [row] = eventually(
        lambda: [row for row in site.query(ROW) if row["refused_messages"] >= refused], seconds=60
    )
    assert (row["refused_messages"], row["junk_messages"]) == (refused, 1)
    assert not mark.exists()
    assert {run["state"]: run["attempt"] for run in site.runs()} == {"queued": 0}
    assert site.query("SELECT * FROM django_celery_results_taskresult") == []
    assert worker.log().count("message refused") <= 3, "a line a minute and kind"
    alert = eventually(
        lambda: text if "has refused" in (text := site.manage("alerts")) else "", seconds=60
    )
    assert f"has refused {refused:,} messages since it started; the last one: " in alert
    assert scheduler.is_running

    put(site, real, other)  # what was taken away is as good as ever
    eventually(lambda: len(site.runs(state="succeeded")) == 2, seconds=60)
    assert [run["attempt"] for run in site.runs()] == [1, 1]
    put(site, real, copy.deepcopy(other))  # and starts nothing a second time
    drained(site)
    site.manage("job", "run", "real")
    eventually(lambda: len(site.runs(state="succeeded")) == 3, seconds=60)
    assert [run["attempt"] for run in site.runs()] == [1, 1, 1]
    assert len(site.attempts()) == 3


def test_an_old_message_of_a_run_that_has_another_one_starts_nothing(site: Site) -> None:
    site.scheduler()
    [old] = publish(site, "real")
    site.execute("UPDATE beatwright_run SET published_at = NULL")
    [new] = taken_away(site)
    assert [raw["headers"]["beatwright_publish"] for raw in (old, new)] == [1, 2]
    worker = site.worker()
    put(site, old, old)
    drained(site)
    eventually(lambda: worker.log().count("message dropped") >= 2, seconds=60)
    assert [(run["state"], run["attempt"]) for run in site.runs()] == [("queued", 0)]
    put(site, new)
    eventually(lambda: site.runs(state="succeeded"), seconds=60)


def test_a_message_that_is_moved_to_another_queue_is_not_taken_there(site: Site) -> None:
    site.scheduler()
    [real] = publish(site, "real")
    worker = site.worker("-Q", "other", "--concurrency=1")
    put(site, real, queue="other")
    drained(site, "other")
    worker.wait_for_log(
        "message refused (number 1): the task 'Quiet': a run of the queue 'default'"
    )
    assert [(run["state"], run["attempt"]) for run in site.runs()] == [("queued", 0)]


def test_whoever_has_a_key_still_cannot_start_a_run_with_another_task(site: Site) -> None:
    site.scheduler()
    [real] = publish(site, "real")
    mark = site.folder / "mark"
    body = [[], {}, NO_LINKS]
    forged = altered(real, beatwright_task="Mark", body=body, **{SEAL: None})
    worker = site.worker()
    put(site, sealed(forged))
    worker.wait_for_log("a message of the task 'Mark' for the run of another one")
    [row] = eventually(
        lambda: [row for row in site.query(ROW) if row["refused_messages"]], seconds=60
    )
    assert (row["refused_messages"], row["junk_messages"]) == (1, 0)
    assert not mark.exists()
    assert [(run["state"], run["attempt"]) for run in site.runs()] == [("queued", 0)]
    assert site.attempts() == []
    put(site, real)
    eventually(lambda: site.runs(state="succeeded"), seconds=60)


def test_a_plain_task_runs_for_whoever_has_a_key_and_for_others_if_it_is_listed(site: Site) -> None:
    ours, listed, stranger = (str(site.folder / name) for name in ("ours", "listed", "stranger"))
    send = "from celery import chain, signature\nfrom scheduler_site.celery import app\n"
    worker = site.worker()
    site.python(f"{send}app.send_task('Mark', args=[{ours!r}])")
    eventually(Path(ours).exists, seconds=60)
    site.python(
        f"{send}chain(signature('Quiet'), signature('Mark', args=[{ours + '2'!r}], "
        "immutable=True)).delay()"
    )
    eventually(Path(f"{ours}2").exists, seconds=60)
    put(site, plain("Mark", stranger))
    worker.wait_for_log("PLAIN_TASKS does not list the task 'Mark'")
    assert worker.stop() == 0

    worker = site.worker(env={"PLAIN_TASKS": "Qu*,Mark"})
    put(site, plain("Mark", listed), plain("MarkAfterError", 1, 2, 3, path=stranger))
    eventually(Path(listed).exists, seconds=60)
    put(
        site,
        plain(
            "Quiet",
            links=NO_LINKS | {"callbacks": [signature("MarkAfterError", 1, 2, 3, path=stranger)]},
        ),
    )
    worker.wait_for_log("PLAIN_TASKS does not list the task 'MarkAfterError'")
    drained(site)
    assert not Path(stranger).exists()
