"""The contract of task bodies (docs/reference/task-contract.md), held by one worker with a task for
each line of it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.databases import BOTH
from tests.support.eventually import eventually
from tests.support.processes import Process
from tests.support.site import Site

# Whoever asks first waits until the one process has come to its run: some seconds, or minutes where
# others are at work.
pytestmark = [
    pytest.mark.timeout(900),
    pytest.mark.takes_turns(reason="a site with workers on each database"),
]

TUNING = {
    "reconcile_seconds": 1,
    "log_flush_seconds": 0.2,
    "leader_lease_seconds": 2,
    "supervise_seconds": 0.2,
}
ERRORS = {
    "memory": "MemoryError: no room",
    "keyboard": "RuntimeError: the task raised KeyboardInterrupt: ctrl-c",
    "generator": "RuntimeError: the task raised GeneratorExit: gone",
    "unruly": "RuntimeError: the task raised Unruly: its own way",
    "needy": "Needy: 7: custom arguments",
    "mute": "Mute: <Unrepresentable",
    "poison": "Poison: in the well",
    "group": "ExceptionGroup: several (2 sub-exceptions)",
    "lost": "WorkerLostError: so it says",
    "shutdown": "RuntimeError: the task raised WorkerShutdown",
    "terminate": "RuntimeError: the task raised WorkerTerminate",
    "os": "FileNotFoundError: [Errno 2] No such file: 'orders.csv'",
    "cancelled": "RuntimeError: the task raised CancelledError: by hand",
}
# What is run, one after another in this order, by the one process there is: what a body leaves, the
# next one meets.
RUNS: dict[str, tuple[str, dict[str, Any], dict[str, Any]]] = {
    **{kind: ("fail", {"kind": kind}, {}) for kind in ERRORS},
    "exit": ("exit", {"code": 3}, {}),
    "coroutine": ("coroutine", {"n": 5}, {}),
    "patient": ("patient", {}, {}),
    "sleeper": ("coroutine_sleep", {}, {"timeout_seconds": 1}),
    **{kind: ("lazy", {"kind": kind}, {}) for kind in ("map", "iterator", "future")},
    "print": ("print", {}, {}),
    "processes": ("multiprocessing", {}, {}),
    "wait": ("wait", {}, {}),
    "canvas": ("canvas", {}, {}),
    "logging": ("logging", {}, {}),
    "after logging": ("print", {}, {}),
    "mess": ("mess", {}, {}),
    "after mess": ("tidy", {"seconds": 2}, {}),
    "begin": ("open_transaction", {}, {}),
    "lock": ("open_transaction", {"lock": True}, {}),
    "after lock": ("tidy", {}, {}),
    "framed": ("framed", {"n": 3}, {}),
    "calling": ("calling", {"n": 4}, {}),
    "late": ("late", {}, {}),
    "late and wrong": ("late", {"kind": "needy"}, {}),
    "expected": ("expected", {}, {}),
    "replacing": ("replacing", {}, {}),
    "handled": ("handled", {"n": 1}, {}),
    "last": ("tidy", {}, {}),
    "retrying": ("retrying", {}, {}),
    "littering": ("littering", {}, {}),
    "after littering": ("tidy", {}, {}),
    "fresh": ("tidy", {}, {"fresh_process": True}),
    "after fresh": ("tidy", {}, {}),
    "stubborn": ("stubborn", {}, {}),  # its process is killed, and with it what was found of it
}
PUBLISH = """
import json
import tests.support.contract_remains
from django.utils import timezone
from jobs.actions.runs.run import run_now
from jobs.models import Job
from scheduler_site.celery import app
from tests.support.builders import by
for kind in json.loads({plain!r}):
    app.send_task("contract.fail", (kind,))
for name, (task, params, fields) in json.loads({runs!r}).items():
    job = Job.objects.create(name=name, task=f"contract.{{task}}", params=params,
        schedule="@manual", **fields)
    run_now(job, actor=by("test"), now=timezone.now())
"""


class Bench:
    """One site, one worker with one process, and all the runs on their way."""

    def __init__(self, site: Site, worker: Process) -> None:
        self.site, self.worker = site, worker
        self.children = worker.children()
        site.python(PUBLISH.format(plain=json.dumps(list(ERRORS)), runs=json.dumps(RUNS)))

    def run(self, name: str) -> dict[str, Any]:
        """The run once it is over, with its ``log``, and ``result`` and ``traceback`` of its last
        attempt.
        """
        [run] = eventually(
            lambda: [run for run in self.site.runs(name) if run["finished_at"]], seconds=90
        )
        pieces = self.site.query(
            "SELECT text FROM beatwright_runlog WHERE run_id = %s ORDER BY attempt, seq", run["id"]
        )
        lines = "".join(piece["text"] for piece in pieces).splitlines()
        last = self.site.attempts(run["id"])[-1]
        result = json.loads(last["result"]) if isinstance(last["result"], str) else last["result"]
        log = [line.partition(" ")[2] for line in lines]
        return run | {"log": log, "result": result, "traceback": last["traceback"]}


@pytest.fixture(scope="module", params=BOTH)
def bench(request: pytest.FixtureRequest) -> Iterator[Bench]:
    with Site(request.param, tuning=TUNING) as site:
        site.scheduler()
        yield Bench(site, site.worker("--concurrency=1", "-I", "tests.support.contract_remains"))


@pytest.mark.parametrize("kind", ERRORS)
def test_whatever_a_body_raises_is_a_failed_run_that_says_so(bench: Bench, kind: str) -> None:
    run = bench.run(kind)

    assert (run["state"], run["losses"]) == ("failed", 0)
    assert run["error"].startswith(ERRORS[kind])


def test_the_traceback_is_that_of_the_exception_itself(bench: Bench) -> None:
    assert "Needy: 7: custom arguments" in bench.run("needy")["traceback"]
    assert "Unpickleable" not in bench.run("needy")["traceback"]


def test_a_body_that_exits_has_failed(bench: Bench) -> None:
    assert bench.run("exit")["error"] == "RuntimeError: the task called sys.exit(3)"


def test_nothing_that_a_body_raises_ends_a_process_or_the_worker(bench: Bench) -> None:
    last = bench.run("last")

    assert last["state"] == "succeeded"
    assert last["result"]["pid"] in bench.children, "the one process has run all of them"
    assert bench.worker.is_running


def test_nor_does_what_a_plain_task_raises(bench: Bench) -> None:
    plain = (
        "SELECT status FROM django_celery_results_taskresult WHERE task_name = "
        "'contract.fail' AND meta NOT LIKE %s"
    )

    statuses = eventually(lambda: bench.site.query(plain, '{"run"%'), seconds=90)

    assert [row["status"] for row in statuses] == ["FAILURE"] * len(ERRORS)


def test_an_async_body_is_run_with_its_request_its_log_and_the_database(bench: Bench) -> None:
    run = bench.run("coroutine")

    assert (run["state"], run["result"]) == ("succeeded", {"n": 5, "attempt": 1, "one": 1})
    assert run["log"] == ["WARNING the body ran"]


@pytest.mark.parametrize("name", ["patient", "sleeper"])
def test_the_limit_of_a_task_or_of_a_job_reaches_an_async_body_where_it_waits(
    bench: Bench, name: str
) -> None:
    run = bench.run(name)

    assert (run["state"], run["log"]) == ("timed_out", ["WARNING cleaning up"])


def test_a_body_that_will_not_hear_of_its_limit_is_ended(bench: Bench) -> None:
    run = bench.run("stubborn")

    assert run["state"] == "timed_out"
    assert set(run["log"]) == {"WARNING not yet"}


@pytest.mark.parametrize(
    ("name", "kind"), [("map", "map"), ("iterator", "generator"), ("future", "Future")]
)
def test_work_that_is_returned_undone_is_a_failure(bench: Bench, name: str, kind: str) -> None:
    run = bench.run(name)

    assert run["state"] == "failed"
    assert run["error"].startswith(f"Unfinished: the task returned a {kind},")


def test_a_printed_line_is_one_line_of_the_log(bench: Bench) -> None:
    assert bench.run("print")["log"] == [
        "STDOUT total: 3 items of 10.5",
        "WARNING between",
        "STDERR to stderr",
        "STDOUT no newline",
    ]


def test_a_body_may_use_multiprocessing(bench: Bench) -> None:
    run = bench.run("processes")

    assert (run["error"], run["result"]) == ("", [1, 2])


def test_a_body_may_send_tasks_but_not_wait_for_them(bench: Bench) -> None:
    assert "Never call result.get() within a task!" in bench.run("wait")["error"]
    query = "SELECT result FROM django_celery_results_taskresult WHERE task_id = %s"
    chained = bench.run("canvas")["result"]
    eventually(
        lambda: [row["result"] for row in bench.site.query(query, chained)] == ["6"], seconds=60
    )


def test_a_body_that_sets_up_logging_is_still_heard_and_so_is_the_next(bench: Bench) -> None:
    assert bench.run("logging")["log"] == ["INFO still heard", "INFO still heard"]
    assert bench.run("after logging")["log"] == bench.run("print")["log"]


def test_the_next_body_finds_the_process_as_it_was(bench: Bench) -> None:
    mess, tidy = bench.run("mess"), bench.run("after mess")

    assert mess["state"] == "succeeded"
    assert tidy["log"] == ["STDOUT heard"]
    assert tidy["result"]["pid"] == mess["result"]
    assert (tidy["result"]["ignored"], tidy["result"]["cwd"] == "/") == ([], False)


def test_what_a_body_leaves_running_ends_and_so_does_its_process(bench: Bench) -> None:
    littering, after = bench.run("littering"), bench.run("after littering")

    assert littering["state"] == "succeeded"
    assert littering["log"] == [
        "WARNING the body left the environment changed (LITTER): it was restored",
        "WARNING the body left 1 thread and 1 process behind: its process was replaced",
    ]
    assert (after["state"], after["result"]["litter"]) == ("succeeded", False)
    assert after["result"]["pid"] != littering["result"]


def test_in_a_process_that_a_job_wants_fresh_no_other_run_follows(bench: Bench) -> None:
    before, fresh, after = (
        bench.run(name)["result"]["pid"] for name in ("after littering", "fresh", "after fresh")
    )

    assert before == fresh, "another may have gone before"
    assert after != fresh
    assert bench.run("fresh")["log"] == ["STDOUT heard"], "and nothing is said of it"


def test_a_transaction_that_a_body_leaves_open_is_rolled_back_before_its_end(bench: Bench) -> None:
    note = (
        "WARNING the body left a transaction open (database connection 'default'): it was "
        "rolled back"
    )
    for name in ("begin", "lock"):
        run = bench.run(name)
        assert (run["state"], run["log"]) == ("succeeded", [note])

    assert bench.run("after lock")["result"]["atomic"] == 1
    assert not bench.site.query("SELECT 1 FROM beatwright_job WHERE owner = %s", "never")


def test_a_base_class_as_celery_documents_it_frames_the_body(bench: Bench) -> None:
    framed, calling = bench.run("framed"), bench.run("calling")

    assert (framed["result"], framed["log"]) == ([3, 1], ["WARNING before", "WARNING after"])
    assert (calling["result"], calling["log"]) == ([4, 1], ["WARNING before"])


def test_a_retry_with_other_params_gets_them(bench: Bench) -> None:
    run = bench.run("retrying")

    assert (run["state"], run["attempt"], run["result"]) == ("succeeded", 3, 3)
    assert run["log"] == ["WARNING page 1", "WARNING page 2", "WARNING page 3"]
    assert run["params"] == {"page": 3}


def test_acknowledging_late_and_ignoring_the_result_change_nothing_of_a_runs_end(
    bench: Bench,
) -> None:
    late, wrong = bench.run("late"), bench.run("late and wrong")

    assert (late["state"], late["result"]) == ("succeeded", None)
    assert (wrong["state"], wrong["error"]) == ("failed", "Needy: 7: custom arguments")


def test_an_error_that_the_task_expects_is_a_failure_all_the_same(bench: Bench) -> None:
    run = bench.run("expected")

    assert (run["state"], run["error"]) == ("failed", "LookupError: as expected")
    assert "Task contract.expected[" in bench.worker.log()
    assert "raised expected: LookupError('as expected')" in bench.worker.log()


def test_a_body_cannot_be_replaced_and_is_told_what_to_do(bench: Bench) -> None:
    run = bench.run("replacing")

    assert run["state"] == "failed"
    assert run["error"].startswith(
        "NotReplaceable: self.replace() is not possible in the run of a job"
    )


def test_the_handlers_of_a_task_are_told_the_params(bench: Bench) -> None:
    assert bench.run("handled")["state"] == "succeeded"
    log = bench.worker.log()
    for handler in ("before_start", "on_success", "after_return"):
        assert f"{handler} was told {{'n': 1}}" in log


@pytest.mark.parametrize("database", ["sqlite"])
def test_a_worker_with_threads_does_not_start_and_one_without_a_pool_warns(database: str) -> None:
    with Site(database) as site:
        threads = site.worker("--pool", "threads", wait=False)
        solo = site.worker("--pool", "solo")

        assert threads.wait() != 0
        assert (
            "the pool thread cannot be used: a process runs one body at a time here"
            in threads.log()
        )
        assert "the solo pool is for debugging" in solo.log()
