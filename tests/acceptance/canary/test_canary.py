"""No secret by any road: a mark in each of them, looked for wherever anybody can read anything."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import partial

import httpx
import pytest

from tests.acceptance.canary import roads
from tests.acceptance.canary.marks import MARKS, OF_SECRETS, OPENED, environment, seed, write_tasks
from tests.acceptance.canary.roads import Read
from tests.support.eventually import eventually
from tests.support.site import Site

pytestmark = pytest.mark.timeout(420)
STARTS = [
    "/admin/", "/admin/jobs/job/", "/admin/jobs/run/", "/admin/jobs/dead/", "/admin/jobs/auditentry/",
    "/admin/jobs/workers/", "/admin/django_celery_beat/periodictask/", "/admin/django_celery_results/taskresult/",
    "/admin/jobs/secrets/", "/admin/jobs/secrets/plain/change/",
    "/admin/search/?q=tells", "/flower/", "/flower/workers", "/flower/tasks", "/flower/broker",
]  # fmt: skip
COMMANDS = [
    ["export_schedule"], ["job", "list", "--json"], ["job", "get", "tells"], ["run", "list", "--json"],
    ["doctor", "--json"], ["dead_letters", "list", "--json"], ["audit", "--json"], ["worker", "list", "--json"],
    ["token", "list", "--json"], ["check"], ["secret", "list", "--json"], ["secret", "get", "plain", "--json"],
]  # fmt: skip


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    """Runs that succeeded, failed and wait; a periodic task that was sent; Flower, which watched."""
    with Site("sqlite") as started:
        started.env |= environment(started.redis.url)
        write_tasks(started)
        started.token = seed(started)  # type: ignore[attr-defined]  # for the tests below
        started.web()
        started.flower()
        started.scheduler()
        for name in ("tells", "fails", "waits", "refers", "refers-anew", "refers-fails"):
            started.manage("job", "run", name)
        eventually(lambda: all(run["published_at"] for run in started.runs()), seconds=60)
        started.sent = list(roads.broker_content(started))  # type: ignore[attr-defined]
        started.worker("--concurrency=2", "--task-events")
        eventually(lambda: started.runs("tells", state="succeeded"), seconds=60)
        eventually(lambda: started.runs("fails", state="failed"), seconds=60)
        for name, state in (("refers", "succeeded"), ("refers-anew", "succeeded"), ("refers-fails", "failed")):
            eventually(partial(started.runs, name, state=state), seconds=60)
        started.execute("UPDATE django_celery_beat_periodictask SET enabled = %s, last_run_at = NULL", True)
        touch = "from django_celery_beat.models import PeriodicTasks; PeriodicTasks.update_changed()"
        started.python(touch)
        eventually(
            lambda: started.query(
                "SELECT 1 AS one FROM django_celery_results_taskresult WHERE periodic_task_name = 'row'"
            ),
            seconds=60,
        )
        yield started


def found(read: Iterable[Read]) -> tuple[list[str], int]:
    """Where which mark was read and between which words, and how many places were looked at."""
    looked_at = list(read)
    names = [
        f"{where}: {name}: {' '.join(text[max(0, text.index(mark) - 60) : text.index(mark) + 20].split())}"
        for where, text in looked_at
        for name, mark in MARKS.items()
        if mark in text
    ]
    return names, len(looked_at)


@pytest.mark.drawn(most=3, reason="a hundred pages for each of seven people")
@pytest.mark.parametrize("person", ["viewer", "operator", "editor", "admin", "boss", "limited", "nobody"])
def test_no_page_tells_a_secret_to_anybody(site: Site, person: str) -> None:
    with roads.session(site, person) as client:
        names, pages = found(roads.pages(client, STARTS))
    assert names == []
    assert pages >= (len(STARTS) if person in {"nobody", "limited"} else 60)


def test_no_address_tells_a_secret_to_a_superuser_or_a_token_of_theirs(site: Site) -> None:
    every = sorted(set(roads.addresses(site, ["default", "w2@test", "Tells", "tells", "resume", "tasks"])))
    with roads.session(site, "boss") as client:
        by_session = found(roads.answers(client, every))
    header = {"Authorization": f"Bearer {site.token}"}  # type: ignore[attr-defined]
    with httpx.Client(base_url=site.url, headers=header, timeout=60) as client:
        by_token = found(roads.answers(client, [one for one in every if not one.startswith("/admin")]))
    assert (by_session[0], by_token[0]) == ([], [])
    assert by_token[1] > 50


def test_probes_and_metrics_tell_nothing(site: Site) -> None:
    with httpx.Client(base_url=site.url, timeout=60) as client:
        names, _ = found(
            roads.answers(client, ["/livez", "/readyz", "/healthz", "/metrics", "/nothing", "/api/v1/nothing"])
        )
    assert names == []


def test_workers_tell_nothing_to_who_reaches_the_broker(site: Site) -> None:
    names, commands = found(roads.control(site.redis.url))
    assert names == []
    assert commands > 20


def test_the_broker_holds_no_secret_of_a_run(site: Site) -> None:
    assert found(site.sent)[0] == []  # type: ignore[attr-defined]


def test_neither_logs_nor_what_is_kept_to_be_told_hold_a_secret(site: Site) -> None:
    assert found(roads.logs(site))[0] == []
    names, rows = found(roads.stored(site))
    assert names == []
    assert rows > 5


def test_the_value_of_a_secret_that_is_referred_to_is_in_no_row_at_all(site: Site) -> None:
    values = {MARKS[name] for name in OF_SECRETS}
    rows = list(roads.every_row(site))
    assert [table for table, row in rows if any(value in row for value in values)] == []
    assert {"jobs_secret", "jobs_runlog", "django_celery_results_taskresult"} <= {table for table, _ in rows}


@pytest.mark.drawn(most=4, reason="a process for each command")
@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_no_command_prints_a_secret(site: Site, words: list[str]) -> None:
    printed = site.manage(*words, check=False, seconds=120)
    assert [name for name, mark in MARKS.items() if mark in printed] == []
    assert printed.strip()


@pytest.mark.drawn(most=1, reason="a process for each command")
@pytest.mark.parametrize("words", [["job", "reveal", "refers"], ["export_schedule", "--reveal"], ["run", "reveal"]])
def test_no_reveal_shows_a_secret_that_is_referred_to(site: Site, words: list[str]) -> None:
    run = [str(row["id"]) for row in site.runs("refers")] if words[0] == "run" else []
    printed = site.manage(*words, *run, seconds=120)
    assert [name for name in OF_SECRETS if MARKS[name] in printed] == []
    assert "$secret" in printed


def test_the_marks_are_where_they_were_put(site: Site) -> None:
    """Else nothing above means anything: what is found nowhere must be somewhere."""
    rows = repr(site.query("SELECT params, metadata FROM jobs_job")) + repr(
        site.query("SELECT kwargs, headers FROM django_celery_beat_periodictask")
    )
    kept = rows + repr(site.env) + site.python(OPENED)
    assert [name for name, mark in MARKS.items() if mark not in kept] == []
