"""A body gets what its run's references stand for, and nothing that it leaves says so."""

from __future__ import annotations

import json
import logging
import multiprocessing
import os
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from celery.app.trace import build_tracer
from cryptography.fernet import Fernet
from django.db import connections

from jobs import events
from jobs.execution import current
from jobs.execution.isolation.guard import guarded
from jobs.execution.outcome.reporter import store_log, store_progress
from jobs.lifecycle.connections import LIFECYCLE
from jobs.logs import context
from jobs.models import Run, RunLog, RunState, Secret, SecretUse
from jobs.redaction.keys import MASK
from scheduler_site.celery import app
from tests.integration.execution.delivery import (
    HERE,
    attempts_of,
    deliver,
    job_for,
    published_run,
    republished,
    request_of,
)
from tests.integration.execution.referring import BY_NAME, VALUE, all_that_is_left, run_of
from tests.support.builders import make_secret
from tests.support.configured import configured

pytestmark = pytest.mark.usefixtures("captured")
LINES = 'first-line of it\n"s3cond" line/ü\nthird-line of it'
app_logger = logging.getLogger("shop.orders")


def nothing(self: Any, password: str) -> None:
    """What it is given does not matter."""


def anything(self: Any, **params: Any) -> None:
    """The same, of any params."""


@pytest.fixture
def secret() -> Secret:
    return make_secret("db", VALUE, version=3)


@pytest.mark.usefixtures("secret")
def test_the_body_gets_the_value_at_any_depth_and_within_a_text() -> None:
    seen: list[Any] = []

    def look(self: Any, **params: Any) -> None:
        seen.extend([params, dict(self.request.kwargs)])

    within = {"$secret": "db", "in": "Bearer {}"}
    run = run_of(look, {"a": {"b": [BY_NAME, 1]}, "headers": {"Authorization": within}, "n": 1})

    assert run.state == RunState.SUCCEEDED
    assert (
        seen
        == [{"a": {"b": [VALUE, 1]}, "headers": {"Authorization": f"Bearer {VALUE}"}, "n": 1}] * 2
    )
    assert run.params["a"] == {"b": [BY_NAME, 1]}
    assert VALUE not in all_that_is_left(run)


@pytest.mark.usefixtures("secret")
def test_the_run_says_what_it_was_given_and_each_use_is_counted() -> None:
    run = run_of(nothing)
    again = published_run(run.job)
    deliver(again)

    assert (run.secrets, again.secrets) == ({"db": 3}, {"db": 3})
    use = SecretUse.objects.get()
    assert (use.secret_id, use.job_id, use.count, use.version) == ("db", run.job_id, 2, 3)
    assert run.started_at is not None
    assert use.last_used_at >= run.started_at


def test_a_run_that_names_no_secret_costs_no_query() -> None:
    seen: list[str] = []

    def note(execute: Any, sql: str, *rest: Any) -> Any:
        seen.append(sql)
        return execute(sql, *rest)

    with connections[LIFECYCLE].execute_wrapper(note):
        run = run_of(anything, {"n": 1})
    assert (run.state, run.secrets) == (RunState.SUCCEEDED, None)
    assert seen
    assert not any("secret" in sql for sql in seen)


@pytest.mark.usefixtures("secret")
def test_what_the_body_logs_prints_and_returns_is_hidden() -> None:
    def talk(self: Any, password: str) -> Any:
        app_logger.info("it is %s, as JSON %s", password, json.dumps({"a": password}))
        logging.getLogger("celery.redirected").warning("printed %s", password)
        ThreadPoolExecutor(1).submit(app_logger.error, "from a pool %s", password).result(10)
        thread = threading.Thread(target=app_logger.error, args=["from a thread %s", password])
        thread.start()
        thread.join(10)
        return {"it": password, password: [f"a {password} b", (password,)]}

    run = run_of(talk)

    assert VALUE not in all_that_is_left(run)
    assert json.loads(attempts_of(run)[0].result) == {"it": MASK, MASK: [f"a {MASK} b", [MASK]]}
    text = "".join(RunLog.objects.filter(run=run).values_list("text", flat=True))
    assert text.count(MASK) == 5


@pytest.mark.usefixtures("secret")
def test_what_the_main_process_is_told_is_without_it() -> None:
    def body(self: Any, password: str) -> None:
        raise RuntimeError(f"401 for {password}")

    run = published_run(job_for(body, job={"params": {"password": BY_NAME}}))
    task: Any = app.tasks[run.task]
    tracer = guarded(task, build_tracer(task.name, task, hostname=HERE, app=app))
    told = tracer(run.message_id, [], {}, request_of(run))

    assert MASK in repr(told.retval.exception)
    assert VALUE not in repr(told.retval.exception)


def test_each_line_of_a_secret_of_several_is_hidden() -> None:
    make_secret("db", LINES)

    def talk(self: Any, password: str) -> str:
        for line in password.splitlines():
            app_logger.info(line)
        app_logger.info(password)
        return password

    run = run_of(talk)
    left = all_that_is_left(run)
    assert [
        line for line in LINES.splitlines() if line in left or json.dumps(line)[1:-1] in left
    ] == []


def test_what_a_body_takes_out_of_a_secret_is_hidden_too() -> None:
    make_secret(
        "db",
        json.dumps(
            {"user": "bob", "private_key": "-----BEGIN\nMIIEpAIB", "url": "https://b:hunter22@h/"}
        ),
    )

    def talk(self: Any, password: str) -> None:
        found = json.loads(password)
        app_logger.info("%s %s", found["private_key"], found["url"].split(":")[2].partition("@")[0])

    run = run_of(talk)
    left = all_that_is_left(run)
    assert not any(text in left for text in ("MIIEpAIB", "hunter22"))


@pytest.mark.usefixtures("secret")
def test_progress_and_a_log_that_is_stored_meanwhile_are_hidden() -> None:
    seen: list[Any] = []

    def report(self: Any, password: str) -> None:
        running = current.current_run()
        assert running is not None
        self.update_state(state="PROGRESS", meta={"at": password, "pin": [password]})
        app_logger.info(password)
        store_log(running.log)
        store_progress(running)
        seen.extend(Run.objects.values_list("progress", flat=True))

    run = run_of(report)
    assert seen == [{"at": MASK, "pin": [MASK]}]
    assert VALUE not in all_that_is_left(run)


@pytest.mark.usefixtures("secret")
def test_the_processs_own_log_hides_it_in_a_fork_as_well(tmp_path: Any) -> None:
    said = tmp_path / "said"

    def body(self: Any, password: str) -> None:
        def child() -> None:
            said.write_text(context.redactor().text(f"the child says {password}"))
            os._exit(0)

        process = multiprocessing.get_context("fork").Process(target=child)
        process.start()
        process.join(30)

    run_of(body)
    assert said.read_text() == f"the child says {MASK}"


@pytest.mark.usefixtures("secret")
def test_a_retry_with_the_values_stores_the_references() -> None:
    def again(self: Any, **params: Any) -> None:
        raise self.retry(kwargs=params | {"n": 2}, countdown=0)

    params = {"password": BY_NAME, "header": {"$secret": "db", "in": "Bearer {}"}}
    run = run_of(again, params)

    assert run.params == params | {"n": 2}
    assert run.state == RunState.QUEUED
    assert VALUE not in all_that_is_left(run)


@pytest.mark.usefixtures("secret")
def test_a_retry_that_would_store_a_value_is_refused_and_names_the_secret() -> None:
    def again(self: Any, password: str) -> None:
        raise self.retry(kwargs={"password": f"{password} and {password}"}, countdown=0)

    run = run_of(again, max_retries=1)
    assert run.params == {"password": BY_NAME}
    assert "value of the secret 'db'" in run.error
    assert VALUE not in all_that_is_left(run)


@pytest.mark.usefixtures("secret")
def test_the_next_attempt_gets_the_value_that_there_is_by_then() -> None:
    seen: list[str] = []

    def once_more(self: Any, password: str) -> None:
        seen.append(password)
        if len(seen) == 1:
            raise self.retry(countdown=0)

    run = run_of(once_more, max_retries=1)
    Secret.objects.all().delete()
    make_secret("db", "an0ther-one", version=4)
    deliver(republished(run))

    run.refresh_from_db()
    assert (run.state, seen, run.secrets) == (RunState.SUCCEEDED, [VALUE, "an0ther-one"], {"db": 4})


def test_a_secret_that_there_is_not_fails_the_run_at_once_and_is_named() -> None:
    run = run_of(nothing, max_retries=5)

    assert (run.state, run.reason, run.failures) == (RunState.FAILED, "there is no secret 'db'", 1)
    assert run.error == "SecretUnavailable: there is no secret 'db'"
    assert (run.attempt, run.secrets) == (1, None)


def test_a_secret_that_is_not_for_the_job_fails_the_run_at_once_and_is_named() -> None:
    make_secret("db", VALUE, tags=["fin", "ops"])
    run = run_of(nothing, tags=["shop"], max_retries=5)

    assert run.state == RunState.FAILED
    assert run.reason == "the secret 'db' is for jobs with one of the tags: fin, ops"
    assert not SecretUse.objects.exists()


@pytest.mark.usefixtures("secret")
def test_a_secret_whose_key_is_gone_fails_the_run_at_once_and_is_named() -> None:
    with configured(secrets_keys=[Fernet.generate_key().decode()]):
        run = run_of(nothing, max_retries=5)

    assert (run.state, run.attempt) == (RunState.FAILED, 1)
    assert run.reason == "the secret 'db' cannot be decrypted: none of SECRETS_KEYS opens it"


@pytest.mark.usefixtures("secret")
def test_nothing_is_handed_out_to_a_run_that_was_taken_away() -> None:
    seen: list[str] = []

    def look(self: Any, password: str) -> None:
        seen.append(password)

    run = published_run(job_for(look, job={"params": {"password": BY_NAME}}))

    def take_away(**_: Any) -> None:
        Run.objects.filter(pk=run.pk).update(worker="another@there")

    events.body_began.connect(take_away)
    deliver(run)
    events.body_began.disconnect(take_away)

    assert (seen, SecretUse.objects.count()) == ([], 0)
