"""Memory limits: who is counted, who is ended, and what becomes of the run."""

from __future__ import annotations

import os
import signal
from types import SimpleNamespace
from typing import Any

import pytest

from jobs.dispatch.messages.wire import prefixed
from jobs.execution.isolation.processes import MEGABYTE, resident, share
from jobs.execution.outcome.settle import OutcomeWriter
from jobs.execution.retries import retry_in
from jobs.execution.supervision.in_flight import at_work
from jobs.execution.supervision.memory import MemoryLimits, is_above, limit_of
from jobs.lifecycle.claim import claim
from jobs.models import Run, RunState
from scheduler_site.celery import app
from tests.integration.execution.delivery import attempts_of, job_for, message_of, published_run
from tests.integration.execution.pool import Pool, take
from tests.support.builders import make_job
from tests.support.configured import configured

TAKES = "kept = bytearray(b'x' * {mb} * 2**20)"
WAITS = "print(1, flush=True); import time; time.sleep(60)"
ALONE = f"{TAKES.format(mb=100)}; {WAITS}"
IN_A_SESSION_OF_ITS_OWN = (
    f'import subprocess, sys; code = "{TAKES.format(mb=100)}; {WAITS}"; '
    "subprocess.Popen([sys.executable, '-S', '-c', code], start_new_session=True); import "
    "time; time.sleep(60)"
)
SHARED = f"import os; {TAKES.format(mb=60)}; [os.fork() for _ in range(2)]; {WAITS}"


def running_run(**job: Any) -> Run:
    run = published_run(make_job(**job))
    assert claim(message_of(run))
    return run


def fresh(run: Run) -> Run:
    return Run.objects.get(pk=run.pk)


@pytest.mark.parametrize("code", [ALONE, IN_A_SESSION_OF_ITS_OWN])
def test_a_run_above_its_limit_is_ended_with_all_its_processes(
    pool: Pool, outcome_writer: OutcomeWriter, code: str
) -> None:
    child = pool.fork(code)
    run = running_run(memory_limit_mb=64)
    hand = take(run, child.pid)

    assert MemoryLimits(pool).run_once() == {"runs killed at their memory limit": 1}, hand

    assert child.wait(10) == -signal.SIGKILL
    assert outcome_writer.drain()
    run = fresh(run)
    assert (run.state, run.reason, run.failures, run.losses) == (
        RunState.FAILED,
        "memory limit: 64 MB",
        1,
        0,
    )
    assert run.error == "MemoryLimitExceeded: it used more than 64 MB"
    assert attempts_of(run)[0].status == "FAILURE"


def test_one_below_it_or_without_one_goes_on(pool: Pool) -> None:
    children = [pool.fork(ALONE), pool.fork(ALONE)]
    hands = [
        take(running_run(memory_limit_mb=500), children[0].pid),
        take(running_run(), children[1].pid),
    ]

    assert MemoryLimits(pool).run_once() == {"runs killed at their memory limit": 0}, hands
    assert [child.poll() for child in children] == [None, None]


@configured(memory_limit_mb=64)
def test_a_jobs_own_limit_goes_before_that_of_all(pool: Pool) -> None:
    hands = [take(running_run(), os.getpid()), take(running_run(memory_limit_mb=500), os.getpid())]

    assert sorted(map(limit_of, at_work())) == [64, 500], hands


def test_a_run_that_may_retry_is_retried_after_its_back_off(
    pool: Pool, outcome_writer: OutcomeWriter
) -> None:
    run = running_run(
        memory_limit_mb=64, max_retries=1, retry_backoff_seconds=100, retry_jitter=False
    )
    hand = take(run, pool.fork(ALONE).pid)

    MemoryLimits(pool).run_once()

    assert outcome_writer.drain(), hand
    run = fresh(run)
    assert (run.state, run.failures, run.reason) == (RunState.QUEUED, 1, "memory limit: 64 MB")
    assert run.rank_at == run.available_at
    assert attempts_of(run)[0].status == "RETRY"


def test_memory_that_processes_share_counts_once(pool: Pool) -> None:
    child = pool.fork(SHARED)
    pids = [child.pid]

    assert is_above(40 * MEGABYTE, child.pid)
    assert not is_above(200 * MEGABYTE, child.pid), (
        "four of sixty megabytes each, which are the same"
    )
    assert share(pids[0]) < resident(pids[0])


def test_a_process_that_is_gone_uses_nothing() -> None:
    assert not is_above(0, 2**22 + 1)


# --- The next attempt ---


def request(*, task: Any, retries: Any = 0, **told: Any) -> Any:
    context = SimpleNamespace(retries=retries, **prefixed(told))
    return SimpleNamespace(task=task, _context=context)


def task_with(**options: Any) -> Any:
    def work(self: Any) -> None: ...

    return app.tasks[job_for(work, **options).task]


PLAIN: dict[str, Any] = {}
CATCHES = {"autoretry_for": (MemoryError,), "max_retries": 2, "default_retry_delay": 7}
NEVER_BACK_OFF = [10, 100, False]


@pytest.mark.parametrize(
    ("options", "headers", "wanted"),
    [
        (PLAIN, {"max_retries": None}, None),
        (PLAIN, {"max_retries": 0}, None),
        (PLAIN, {"max_retries": 1, "retries": 1, "backoff": NEVER_BACK_OFF}, None),
        (PLAIN, {"max_retries": 3, "retries": 2, "backoff": NEVER_BACK_OFF}, 40),
        (CATCHES, {"max_retries": None}, 7),
        (CATCHES, {"max_retries": None, "retries": 2}, None),
        (CATCHES, {"max_retries": 5, "retries": 2, "backoff": NEVER_BACK_OFF}, 40),
        (CATCHES | {"dont_autoretry_for": (MemoryError,)}, {"max_retries": 5}, None),
        (CATCHES | {"retry_kwargs": {"max_retries": 1, "countdown": 3}}, {"max_retries": None}, 3),
        (
            CATCHES | {"retry_backoff": 5, "retry_jitter": False},
            {"max_retries": None, "retries": 1},
            10,
        ),
        ({"autoretry_for": (OSError,)}, {"max_retries": 5}, None),
    ],
)
def test_another_attempt_follows_as_for_a_body_that_raised_memory_error(
    options: dict[str, Any], headers: dict[str, Any], wanted: float | None
) -> None:
    assert retry_in(request(task=task_with(**options), **headers)) == wanted


@pytest.mark.parametrize(
    "forged", [{"backoff": ["long", 1]}, {"retries": "many"}, {"max_retries": "many"}]
)
def test_a_forged_message_asks_for_no_other_attempt(forged: dict[str, Any]) -> None:
    headers = {"max_retries": 3, "retries": 0, "backoff": NEVER_BACK_OFF} | forged

    assert retry_in(request(task=task_with(), **headers)) is None


def test_a_message_of_an_older_version_knows_no_back_off() -> None:
    seconds = retry_in(request(task=task_with(), max_retries=1, retries=0))

    assert seconds is not None
    assert 8 <= seconds <= 12, "retry_base_seconds, spread"
