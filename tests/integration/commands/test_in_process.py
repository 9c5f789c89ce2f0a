"""The API asked from within the process: who may, that nobody else may, and what stands in no
way.
"""

from __future__ import annotations

import http.client
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.core.management import CommandError
from django.db import OperationalError
from django.test import Client, override_settings
from django.urls import URLPattern, URLResolver, get_resolver, resolve

from jobs.access.actor import CALLER, SYSTEM
from jobs.management.client import HereClient
from jobs.management.in_process import ADDRESSES
from jobs.models import AuditEntry, Run, RunState
from tests.support.builders import make_job, make_pool, make_run
from tests.support.configured import configured
from tests.support.redis import RedisServer
from tests.support.typed import manage, manage_json

NAMES = (
    CALLER, "beatwright-caller", "Beatwright.Caller", "HTTP_BEATWRIGHT.CALLER",
    "wsgi.beatwright.caller", "X-Beatwright-Caller", "beatwright_caller", "REMOTE_USER",
)  # fmt: skip
TEXTS = ("cli:root", repr(SYSTEM), "1", '{"name": "cli:root"}')


@pytest.mark.parametrize("name", NAMES)
def test_no_header_of_a_request_makes_it_a_call_from_within(live_server: Any, name: str) -> None:
    address = urlsplit(live_server.url)
    for text in TEXTS:
        connection = http.client.HTTPConnection(address.netloc)
        connection.request("GET", "/api/v1/jobs/", headers={name: text})
        assert connection.getresponse().status == 401
        connection.close()


@pytest.mark.parametrize("text", [*TEXTS, None, True, {"name": "cli:root"}, object()])
def test_nothing_but_an_actor_in_the_environ_is_one(text: object) -> None:
    """What a server could put there under the same name, by its configuration: nginx and uWSGI set
    texts.
    """
    assert Client(**{CALLER: text}).get("/api/v1/jobs/").status_code == 401  # type: ignore[arg-type]


def test_the_actor_is_whoever_types_with_every_right_and_the_surface_of_commands() -> None:
    manage("job", "create", "hello", "--task", "EchoTask", "--schedule", "@daily")
    entry = AuditEntry.objects.get()
    assert (entry.surface, entry.who.startswith("cli:"), entry.token, entry.address) == (
        "cli",
        True,
        "",
        "",
    )


def test_a_run_is_triggered_by_hand(broker: RedisServer) -> None:
    make_job(name="hello")
    assert manage_json("job", "run", "hello")["trigger"] == "manual"


@override_settings(
    ALLOWED_HOSTS=["jobs.example.com"],
    SECURE_SSL_REDIRECT=True,
    SECURE_PROXY_SSL_HEADER=("HTTP_X_FORWARDED_PROTO", "https"),
    FORCE_SCRIPT_NAME="/sched",
    API_RATE_PER_MINUTE=1,
)
def test_what_guards_a_network_stands_in_no_way() -> None:
    names = [make_job(name=f"job {number}").name for number in range(3)]
    for _ in range(3):
        rows = HereClient().rows("jobs/", limit=3)
        assert (
            [row["name"] for row in HereClient().walk("jobs/", page=1)]
            == [row["name"] for row in rows]
            == names
        )


@configured(api_rate_per_minute=1)
def test_it_counts_for_nobody_else_either() -> None:
    manage("job", "list")
    manage("job", "list")
    assert Client().get("/api/v1/jobs/").status_code == 401


def test_more_than_one_request_may_do_is_done_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("jobs.api.views.dead_letters.MOST_AT_ONCE", 1)
    job = make_job()
    for _ in range(3):
        make_run(job, state=RunState.FAILED, finished_at=job.created_at)
    done = manage_json("dead_letters", "discard", "--all", "--reason", "known")
    assert (done["discarded"], done["more"], Run.objects.dead_letters().count()) == (3, False, 0)


@pytest.mark.parametrize("name", ["größe", "夜間"])
def test_a_name_in_any_script_is_found(name: str) -> None:
    make_pool(name)
    make_job(name=name)
    assert manage_json("pool", "get", name)["name"] == name
    assert manage_json("job", "get", name)["name"] == name


def test_a_name_that_no_address_can_hold_is_not_found() -> None:
    with pytest.raises(
        CommandError, match="there is nothing at /api/v1/queues/a/b/resume/"
    ) as error:
        manage("queue", "resume", "a/b")
    assert error.value.returncode == 3


@pytest.mark.parametrize("words", [("job", "get", "\udcff"), ("pool", "get", "\udcff")])
def test_bytes_that_are_no_text_are_refused(words: tuple[str, ...]) -> None:
    with pytest.raises(CommandError, match="bytes that are not UTF-8") as error:
        manage(*words)
    assert error.value.returncode == 1


def test_a_database_that_is_not_there_is_told_in_its_own_words(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def away(*args: object, **kwargs: object) -> None:
        raise OperationalError("unable to open database file")

    monkeypatch.setattr("jobs.api.views.site.queue_loads", away)
    with pytest.raises(
        CommandError, match=r"^database: unable to open database file; `manage.py doctor`"
    ) as error:
        manage("queue", "list")
    assert error.value.returncode == 4


def views(found: list[URLPattern | URLResolver], before: str = "") -> Iterator[tuple[str, type]]:
    """The address of each view of the API, with something in its place for what varies."""
    for each in found:
        address = before + str(each.pattern)
        if isinstance(each, URLResolver):
            yield from views(each.url_patterns, address)
        elif (
            address.startswith("api/v1/")
            and address.endswith("/")
            and hasattr(each.callback, "cls")
        ):
            yield address, each.callback.cls


SAMPLES = {"uuid": "00000000-0000-0000-0000-000000000000", "str": "x", "path": "x", "int": "1"}
ASKED_BY_NOBODY = (
    "api/v1/registry/",
    "api/v1/stats/",
    "api/v1/history/",
    "api/v1/import/",
    "api/v1/schema/",
)


def test_every_address_that_a_command_asks_leads_to_the_view_that_a_network_finds_there() -> None:
    checked = 0
    for address, view in views(get_resolver(settings.ROOT_URLCONF).url_patterns):
        path = address
        for kind, sample in SAMPLES.items():
            path = re.sub(rf"<{kind}:\w+>", sample, path)
        if (
            path == "api/v1/"
            or path.startswith(ASKED_BY_NOBODY)
            or view.__module__.startswith("jobs.api.compat")
        ):
            continue
        assert resolve(f"/{path}", urlconf=ADDRESSES).func.cls is view, address  # type: ignore[attr-defined]
        checked += 1
    assert checked >= 50
