"""What a body leaves in its process, and what the next one finds."""

from __future__ import annotations

import locale
import logging
import os
import resource
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from asgiref.sync import sync_to_async

from jobs.execution import backend, task
from jobs.execution.isolation import residue
from jobs.execution.slots import Board
from jobs.execution.worker.child_turnover import Leaving, leaving
from jobs.models import RunLog, RunState
from tests.integration.execution.delivery import deliver, job_for, published_run
from tests.support.configured import configured

NOTHING = ""
OPENED = 40


@pytest.fixture(autouse=True)
def process(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A process that begins with this test's first body, and has not been asked to leave."""
    monkeypatch.setattr(residue, "_process", residue._Process())
    leaving.is_asked = False
    yield
    leaving.is_asked = False


def said_of(body: Callable[[], Any], **job: Any) -> str:
    """What the log of a run says in which this was done."""

    def work(self: Any) -> None:
        body()

    run = published_run(job_for(work, job=job))
    deliver(run)
    assert run.state == RunState.SUCCEEDED
    return (
        "".join(RunLog.objects.filter(run=run).values_list("text", flat=True))
        .partition(" ")[2]
        .rstrip("\n")
    )


# --- The environment ---


def test_the_environment_is_put_back_and_its_names_are_told_without_a_value(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("KEPT", "as it was")
    monkeypatch.setenv("TAKEN", "as it was")

    def change() -> None:
        os.environ |= {"KEPT": "hunter2", "ADDED": "hunter2"}
        del os.environ["TAKEN"]

    said = said_of(change)

    assert (
        said
        == "WARNING the body left the environment changed (ADDED, KEPT, TAKEN): it was restored"
    )
    assert (os.environ["KEPT"], os.environ["TAKEN"], "ADDED" in os.environ) == (
        "as it was",
        "as it was",
        False,
    )
    assert (
        subprocess.run(
            ["/bin/sh", "-c", "echo $KEPT$ADDED"], capture_output=True, check=True
        ).stdout
        == b"as it was\n"
    )
    assert not leaving.is_asked


def test_a_cleared_one_is_put_back_whole() -> None:
    before = dict(os.environ)

    assert " more): it was restored" in said_of(os.environ.clear)

    assert dict(os.environ) == before


def test_another_object_in_its_place_is_taken_away() -> None:
    before = os.environ

    def replace() -> None:
        os.environ = {"PATH": ""}  # type: ignore[assignment]  # noqa: B003  # what is not to be done is done here

    assert said_of(replace) == NOTHING
    assert os.environ is before


def test_a_time_zone_is_put_back_for_the_c_library_as_well() -> None:
    before = time.tzname

    def travel() -> None:
        os.environ["TZ"] = "Asia/Tokyo"
        time.tzset()

    said_of(travel)

    assert time.tzname == before


# --- Threads ---


def test_a_thread_left_running_is_named_and_its_process_replaced() -> None:
    stop = threading.Event()

    threads = [threading.Thread(target=stop.wait, daemon=n > 0) for n in range(3)]

    def leave() -> None:
        for thread in threads:
            thread.start()

    said = said_of(leave)
    stop.set()

    assert said == "WARNING the body left 3 threads behind: its process was replaced"
    assert leaving.is_asked


def test_threads_that_have_ended_or_were_there_before_are_not() -> None:
    stop = threading.Event()
    before = threading.Thread(target=stop.wait)
    before.start()

    def work() -> None:
        thread = threading.Thread(target=int)
        thread.start()
        thread.join()

    said = said_of(work)
    stop.set()
    before.join()

    assert said == NOTHING
    assert not leaving.is_asked


def test_nor_is_the_thread_in_which_django_serves_async_bodies() -> None:
    async def work(self: Any) -> str:
        return await sync_to_async(lambda: threading.current_thread().name)()

    run = published_run(job_for(work))
    deliver(run)

    assert not RunLog.objects.filter(run=run).exists()
    assert not leaving.is_asked


# --- Processes ---


def test_a_process_left_running_is_ended_and_named() -> None:
    started: list[subprocess.Popen[bytes]] = []

    said = said_of(
        lambda: started.append(subprocess.Popen(["sleep", "60"], start_new_session=True))
    )

    assert said == "WARNING the body left 1 process behind: its process was replaced"
    assert started[0].poll() is not None


def test_one_that_was_there_before_lives_on() -> None:
    before = subprocess.Popen(["sleep", "60"])

    said = said_of(lambda: subprocess.run(["true"], check=True))

    assert said == NOTHING
    assert before.poll() is None
    before.kill()
    before.wait()


# --- Open files, memory ---


@configured(child_descriptors=OPENED)
def test_files_are_counted_over_all_bodies_since_the_first() -> None:
    opened: list[int] = []

    def leak() -> None:
        opened.extend(os.open(os.devnull, os.O_RDONLY) for _ in range(OPENED - 10))

    first, second = said_of(leak), said_of(leak)
    for number in opened:
        os.close(number)

    assert first == NOTHING, "a first use opens connections"
    assert "open files behind: its process was replaced" in second


@configured(child_memory_mb=1)
def test_memory_that_is_kept_is_named() -> None:
    kept: list[bytes] = []

    # More than what the tests before it may give back to the system meanwhile.
    said = said_of(lambda: kept.append(b"x" * 256 * 2**20))

    assert said.endswith(" MB of memory behind: its process was replaced")


@configured(child_memory_mb=100_000)
def test_memory_within_the_bound_is_nobodys_business() -> None:
    kept: list[bytes] = []

    assert said_of(lambda: kept.append(b"x" * 64 * 2**20)) == NOTHING


# --- What the process is set to ---


def test_umask_limits_and_locale_are_put_back_without_a_word() -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    spoken = locale.setlocale(locale.LC_ALL)
    umask = os.umask(0o027)

    def change() -> None:
        os.umask(0o777)
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(soft, 512), hard))
        locale.setlocale(locale.LC_ALL, "C.UTF-8" if spoken == "C" else "C")

    try:
        said = said_of(change)
        found = (
            os.umask(0o027),
            resource.getrlimit(resource.RLIMIT_NOFILE),
            locale.setlocale(locale.LC_ALL),
        )
    finally:
        os.umask(umask)

    assert said == NOTHING
    assert found == (0o027, (soft, hard), spoken)


# --- A process of its own ---


def test_several_things_are_one_line() -> None:
    stop, started = threading.Event(), []

    def leave() -> None:
        threading.Thread(target=stop.wait).start()
        started.append(subprocess.Popen(["sleep", "60"]))

    said = said_of(leave)
    stop.set()
    started[0].wait()

    assert said == "WARNING the body left 1 thread and 1 process behind: its process was replaced"


def test_a_job_may_ask_for_a_process_that_nobody_follows_in() -> None:
    assert said_of(int, fresh_process=True) == NOTHING
    assert leaving.is_asked


def test_what_cannot_be_compared_is_replaced_and_no_failure_of_the_run(
    caplog: pytest.LogCaptureFixture,
) -> None:
    kept = threading.enumerate

    def patch() -> None:
        threading.enumerate = lambda: 1 / 0  # type: ignore[assignment,return-value]  # a body that breaks the library

    try:
        with caplog.at_level(logging.ERROR):
            said_of(patch)
    finally:
        threading.enumerate = kept

    assert leaving.is_asked
    assert "cannot be compared" in caplog.text


def test_a_process_that_cannot_claim_is_replaced_and_the_run_waits_for_another(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def broken(message: Any) -> None:
        raise LookupError("a body has patched the driver")

    run = published_run()
    monkeypatch.setattr(task, "claim", broken)
    deliver(run)

    assert leaving.is_asked
    assert (run.state, run.attempt, run.published_at) == (RunState.QUEUED, 0, None)


def test_one_that_cannot_record_an_end_dies(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(message: Any, outcome: Any) -> None:
        raise LookupError("a body has patched the driver")

    deaths: list[str] = []
    run = published_run()
    monkeypatch.setattr(backend, "settle", broken)
    monkeypatch.setattr(leaving, "at_once", lambda: deaths.append("of this process"))
    deliver(run)

    assert deaths
    assert run.state == RunState.RUNNING, "until the main process records the loss"


def test_only_a_pool_child_shows_that_it_leaves() -> None:
    board = Board(2)
    Leaving(board).after_this_run()

    assert board.replaced == 0
