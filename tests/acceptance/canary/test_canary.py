"""No secret by any road: a mark in each of them, looked for wherever anybody can read anything."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from tests.acceptance.canary import (
    broker_roads,
    command_roads,
    guesses,
    report_roads,
    roads,
    rpc_roads,
    stored_roads,
    world,
)
from tests.acceptance.canary.marks import BEGINNING, ELSEWHERE, MARKS, OF_SECRETS, found
from tests.acceptance.canary.seeding import PEOPLE
from tests.acceptance.canary.world import World
from tests.support.dts_go import Client
from tests.support.eventually import eventually
from tests.support.redis import free_port

pytestmark = pytest.mark.timeout(420)
STARTS = [
    "/admin/", "/admin/beatwright/job/", "/admin/beatwright/run/", "/admin/beatwright/dead/",
    "/admin/beatwright/auditentry/", "/admin/beatwright/workers/",
    "/admin/django_celery_beat/periodictask/",
    "/admin/django_celery_results/taskresult/", "/admin/beatwright/secrets/",
    "/admin/beatwright/secrets/plain/change/", "/admin/beatwright/channels/",
    "/admin/beatwright/channels/hook/change/", "/admin/beatwright/notices/",
    "/admin/search/?q=tells", "/flower/", "/flower/workers", "/flower/tasks", "/flower/broker",
]  # fmt: skip
COMMANDS = [
    ["export_schedule"], ["export_schedule", "--format", "celery_beat"], ["job", "list", "--json"],
    ["job", "get", "tells"], ["job", "why", "tells"], ["job", "versions", "tells"],
    ["job", "runs", "fails", "--json"],
    ["doctor", "--json"], ["doctor", "--history", "--json"], ["dead_letters", "list", "--json"],
    ["dead_letters", "groups"], ["alerts", "list", "--json"], ["audit", "--json"],
    ["worker", "list", "--json"],
    ["queue", "list"], ["token", "list", "--json"], ["person", "list"], ["check"],
    ["check", "--deploy"],
    ["secret", "list", "--json"], ["secret", "get", "plain", "--json"], ["nothing"],
    ["channel", "list", "--json"], ["channel", "get", "hook"], ["channel", "test", "hook"],
    ["route", "list", "--json"], ["notice", "list", "--json"],
    ["job", "update", "tells", "--params", '{"message": "••••••"}'],
    ["job", "update", "tells", "--cron", "* *"],
]  # fmt: skip
REVEALS = [["job", "reveal", "refers"], ["export_schedule", "--reveal"]]


@pytest.fixture(scope="module")
def here() -> Iterator[World]:
    with world.started() as made:
        yield made


@pytest.mark.drawn(most=2, reason="a hundred pages for each of seven people")
@pytest.mark.parametrize("person", PEOPLE)
def test_no_page_tells_a_secret_to_anybody(here: World, person: str) -> None:
    with roads.session(here.site, person) as client:
        names, pages = found(roads.pages(client, STARTS))
    assert names == []
    assert pages >= (len(STARTS) if person in {"nobody", "limited"} else 60)


def test_no_address_tells_a_secret_to_a_superuser_or_a_token_of_theirs(here: World) -> None:
    workers = [row["name"] for row in here.site.query("SELECT name FROM beatwright_worker")]
    words = ["default", *workers, "Tells", "tells", "plain", "resume", "tasks", "1"]
    every = sorted(set(roads.addresses(here.site, words)))
    with roads.session(here.site, "boss") as client:
        by_session = found(roads.answers(client, every))
    with _by_token(here, "boss") as client:
        by_token = found(
            roads.answers(client, [one for one in every if not one.startswith("/admin")])
        )
    assert (by_session[0], by_token[0]) == ([], [])
    assert by_token[1] > 50


def test_probes_and_metrics_tell_nothing(here: World) -> None:
    every = ["/livez", "/readyz", "/healthz", "/metrics", "/nothing", "/api/v1/nothing"]
    names, metrics = list[str](), ""
    for headers in ({}, {"Authorization": f"Bearer {MARKS['METRICS_TOKEN']}"}):
        with httpx.Client(base_url=here.site.url, timeout=60, headers=headers) as client:
            read = list(roads.answers(client, every))
            names += found(read)[0]
            metrics += "".join(text for where, text in read if "metrics" in where)
    assert names == []
    assert "jobs_pool_used" in metrics


@pytest.mark.drawn(most=2, reason="two hundred calls for each of eight callers")
@pytest.mark.parametrize("person", [*PEOPLE, "a stranger"])
def test_no_method_tells_a_secret_to_anybody(here: World, person: str) -> None:
    ids = {name: here.jobs[name] for name in ("tells", "fails", "refers")}
    ids |= {f"a run of {run['job_name']}": str(run["id"]) for run in here.site.runs()}
    with Client(here.site.grpc_port, token=here.tokens.get(person, "")) as client:
        answers = list(rpc_roads.calls(client, ids, here.jobs["spare"]))
    assert found(answers)[0] == []
    assert any("StatusCode" in text for _, text in answers)
    assert (
        person in {"a stranger", "nobody"}
        or sum("StatusCode" not in text for _, text in answers) > 3
    )


def test_workers_tell_nothing_to_who_reaches_the_broker(here: World) -> None:
    names, commands = found(broker_roads.control(here.site.redis.url))
    assert names == []
    assert commands > 20


def test_the_broker_carries_no_secret_but_the_arguments_of_plain_tasks(here: World) -> None:
    """Runs succeeded, failed, were retried and cancelled meanwhile, and so were plain tasks;
    monitors were told.
    """
    read = [*here.recorder.read(), *broker_roads.held(here.site.redis)]
    of_plain = [each for each in read if each[0].startswith(broker_roads.PLAIN_MESSAGE)]
    names, _ = found(each for each in read if each not in of_plain)
    names += [name for name in found(of_plain)[0] if not name.split(": ")[2].startswith("row ")]
    assert names == []
    assert found(of_plain)[0] != [], "marks in messages are found"
    expected = {
        "task-sent",
        "task-received",
        "task-started",
        "task-succeeded",
        "task-failed",
        "task-retried",
    }
    assert here.recorder.event_types() >= expected | {"worker-online", "worker-heartbeat"}
    assert any(where.startswith(broker_roads.CONTROL) for where, _ in read)


def test_neither_logs_nor_files_nor_traces_hold_a_secret(here: World) -> None:
    eventually(
        lambda: any(b"exception.message" in body for body in here.collector.bodies), seconds=60
    )
    traces = [("a trace", body.decode(errors="replace")) for body in list(here.collector.bodies)]
    names, places = found([*stored_roads.logs(here.site), *stored_roads.files(here.site), *traces])
    assert names == []
    assert places > 8


def test_a_secret_is_stored_where_it_has_to_be_and_in_no_other_column(here: World) -> None:
    rows = list(stored_roads.rows(here.site))
    names = [name for name in found(rows)[0] if name.split(": ")[0] not in stored_roads.KEPT]
    of_settings = [
        name
        for name in found(rows)[0]
        if name.split(": ")[1] in MARKS and name.split(": ")[1].isupper()
    ]
    assert names + of_settings == []
    tokens = found(rows, here.tokens)[0]
    assert tokens == [], "a token is stored as its hash"
    assert sum(column == "beatwright_idempotencykey.answer" for column, _ in rows) >= 2
    assert {"beatwright_run.error", "beatwright_auditentry.changes", "beatwright_alert.text"} & {
        column for column, _ in rows
    }


def test_the_value_of_a_secret_that_is_referred_to_is_in_no_row_at_all(here: World) -> None:
    rows = list(stored_roads.rows(here.site))
    assert found(rows, {name: MARKS[name] for name in OF_SECRETS})[0] == []
    assert {"beatwright_secret.sealed", "beatwright_runlog.text"} <= {column for column, _ in rows}


def test_no_command_line_of_a_process_holds_a_secret(here: World) -> None:
    """Every user of a machine may read those of all processes."""
    names, processes = found(stored_roads.command_lines(here.site))
    assert names == []
    assert processes > 8


def test_no_command_prints_a_secret(here: World) -> None:
    runs = [
        ["run", verb, str(run["id"])] for run in here.site.runs() for verb in ("get", "logs", "why")
    ]
    printed = list(command_roads.printed(here.site, [*COMMANDS, *runs]))
    assert found(printed)[0] == []
    assert [
        where for where, text in printed if not text.strip() and not where.startswith("run logs")
    ] == []


def test_no_reveal_shows_a_secret_that_is_referred_to(here: World) -> None:
    runs = [["run", "reveal", str(row["id"])] for row in here.site.runs("refers")]
    printed = list(command_roads.printed(here.site, [*REVEALS, *runs]))
    assert found(printed, {name: MARKS[name] for name in OF_SECRETS})[0] == []
    assert all("$secret" in text for _, text in printed)
    assert found(printed)[0] != [], "what is revealed is found"


def test_no_command_prints_a_secret_of_what_does_not_answer(here: World) -> None:
    away = f"127.0.0.1:{free_port()}"
    gone = {
        "CELERY_BROKER_URL": f"redis://default:{MARKS['CELERY_BROKER_URL']}@{away}/0",
        "REDIS_URL": f"redis://default:{MARKS['REDIS_URL']}@{away}/1",
        "DATABASE_URL": f"postgresql://ann:{MARKS['DATABASE_URL']}@{away}/none",
    }
    remote = {"SCHEDULER_URL": f"http://ann:{MARKS['SCHEDULER_URL']}@{away}"}
    for env in (gone, remote):
        printed = list(
            command_roads.printed(here.site, [["doctor"], ["job", "list"], ["check"]], env)
        )
        assert found(printed)[0] == []
        assert [where for where, text in printed if not text.strip()] == []


def test_an_error_that_nobody_foresaw_tells_no_secret(here: World) -> None:
    """Neither its page with DEBUG on, nor the mail to ADMINS with all that Django can put into it,
    nor the log.
    """
    before = len(here.mails)
    with report_roads.nothing_can_be_written(here.site):
        with roads.session(here.site, "boss", here.broken_url) as client:
            answers = [*report_roads.by_console(client, here.jobs["tells"])]
        with _by_token(here, "boss", here.broken_url) as client:
            answers += report_roads.by_rest(client, here.jobs["tells"])
        with Client(here.site.grpc_port, token=here.tokens["boss"]) as client:
            told = rpc_roads.calls(client, {}, here.jobs["spare"])
            assert found(told)[0] == []
    marks = {**MARKS, **here.tokens}
    mails = list(report_roads.mailed(here.mails[before:]))
    assert found([read for _, read in answers], marks)[0] == []
    assert found([*mails, *stored_roads.logs(here.site)], marks)[0] == []
    handled = [
        read[0].rpartition(" ")[0]
        for status, read in answers
        if status < httpx.codes.INTERNAL_SERVER_ERROR
    ]
    assert handled == [report_roads.ANOTHER_HOST, report_roads.NOWHERE]
    assert all("Request Method" in read[1] for _, read in answers)
    assert len(here.mails) - before >= len(answers) - len(handled)


@pytest.mark.drawn(most=3, reason="a dozen questions to each of forty lists")
@pytest.mark.parametrize("address", guesses.lists_of_the_console())
def test_no_list_of_the_console_tells_a_right_guess_from_a_wrong_one(
    here: World, address: str
) -> None:
    with roads.session(here.site, "boss") as client:
        assert guesses.differing(guesses.of_page(client, address), guesses.FEW)[0] == []


def test_no_list_of_rest_tells_a_right_guess_from_a_wrong_one(here: World) -> None:
    (run,) = here.site.runs("tells")
    places = {"job_id": here.jobs["tells"], "run_id": str(run["id"]), "name": "no-calendar"}
    with _by_token(here, "boss") as client:
        told, asked = guesses.differing(guesses.of_rest(client, places))
    assert told == []
    assert asked > 40


def test_no_list_of_grpc_tells_a_right_guess_from_a_wrong_one(here: World) -> None:
    with Client(here.site.grpc_port, token=here.tokens["boss"]) as client:
        told, asked = guesses.differing(rpc_roads.questions(client))
    assert told == []
    assert asked > 5


def test_no_list_of_a_command_tells_a_right_guess_from_a_wrong_one(here: World) -> None:
    told = command_roads.guesses(here.site, [BEGINNING, BEGINNING.translate(guesses.WRONG)])
    plain = {
        words: {text.replace(guess, "…") for guess, text in texts.items()}
        for words, texts in told.items()
    }
    assert [words for words, texts in plain.items() if len(texts) > 1] == []
    assert len(plain) > 10


def test_the_marks_are_where_they_were_put(here: World) -> None:
    """Else nothing above means anything: what is found nowhere must be somewhere."""
    marked = world.all_that_is_marked(here.site)
    assert [name for name, mark in MARKS.items() if mark not in marked] == []
    assert set(ELSEWHERE) <= MARKS.keys()


def _by_token(here: World, person: str, url: str = "") -> httpx.Client:
    header = {"Authorization": f"Bearer {here.tokens[person]}"}
    return httpx.Client(base_url=url or here.site.url, headers=header, timeout=60)
