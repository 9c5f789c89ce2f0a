"""Runs that write, return or raise far more than is kept: they end once, and what they leave is
bounded and says so.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.support.eventually import eventually
from tests.support.site import Site

TASKS = """
import resource, sys
from celery import shared_task

class NoWords(Exception):
    def __str__(self):
        raise RuntimeError("no words")

class Leaving(Exception):
    def __str__(self):
        raise SystemExit(3)

class ManyWords(Exception):
    def __str__(self):
        return "s" * 50_000_000

@shared_task(name="large.log")
def log(megabytes: int) -> int:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for number in range(1, megabytes * 10_000 + 1):
        print(f"{number:099}")
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before

@shared_task(name="large.result")
def result(megabytes: int) -> list[str]:
    return ["r" * 97] * (megabytes * 10_000)

@shared_task(name="large.deep")
def deep(levels: int) -> None:
    sys.setrecursionlimit(levels * 3)
    def there(n):
        back(n - 1)
    def back(n):
        if n <= 0:
            raise ValueError("bottom")
        there(n - 1)
    there(levels)

@shared_task(name="large.error")
def error(kind: str) -> None:
    raise globals()[kind]("told")
"""
MANY_MINUTES = (
    "100 MB take a minute and more to be written; test_logs.py and test_run_log.py "
    "hold it with 2,000 bytes"
)
LARGE = "tens of megabytes; test_texts.py and test_what_is_kept.py hold it with little"
ENDED = {"succeeded", "failed", "timed_out", "cancelled"}


class Rest:
    """The API of a site with one worker, whose tasks are those above."""

    def __init__(self, site: Site) -> None:
        token = site.manage("create_token", "admin", "--name=tests").strip()
        headers = {"Authorization": f"Bearer {token}"}
        self.client = httpx.Client(
            base_url=f"{site.url}/api/v1/", headers=headers, timeout=120, trust_env=False
        )

    def ended(self, task: str, params: dict[str, Any]) -> dict[str, Any]:
        """A run of a job of its own, once it is over."""
        fields = {"name": f"{task} {params}", "task": task, "params": params, "schedule": "@manual"}
        job = self.client.post("jobs/", json=fields).raise_for_status().json()
        run = self.client.post(f"jobs/{job['id']}/run/").raise_for_status().json()
        path = f"runs/{run['id']}/"
        eventually(lambda: self.client.get(path).json()["state"] in ENDED, seconds=240)
        found: dict[str, Any] = self.client.get(path).json()
        return found

    def of(self, run: dict[str, Any], what: str, **query: Any) -> Any:
        return self.client.get(f"runs/{run['id']}/{what}/", params=query).raise_for_status().json()


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def rest(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Rest]:
    folder: Path = tmp_path_factory.mktemp("tasks")
    (folder / "large_tasks.py").write_text(TASKS)
    env = {
        "PYTHONPATH": str(folder),
        "TASK_MODULES": "large_tasks",
        "API_RATE_PER_MINUTE": "0",
        "ALLOW_COMMANDS": "true",
    }
    with Site(request.param, env=env) as site:
        site.create_admin()
        site.web()
        site.scheduler()
        site.worker("--concurrency=1")
        made = Rest(site)
        yield made
        made.client.close()


@pytest.mark.only_in_all(reason=MANY_MINUTES)
@pytest.mark.timeout(900)
def test_of_a_log_of_100_mb_both_ends_are_kept_and_the_worker_stays_small(rest: Rest) -> None:
    run = rest.ended("large.log", {"megabytes": 100})
    assert (run["state"], run["attempt"]) == ("succeeded", 1)
    # KB that the process grew by, though it wrote as many.
    assert rest.of(run, "result")["result"] < 100_000
    pieces = rest.of(run, "logs", limit=500)["results"]
    text = "".join(piece["text"] for piece in pieces)
    assert len(text.encode()) <= 10 * 1024 * 1024 + 200
    lines = text.splitlines()
    assert (int(lines[0][-99:]), int(lines[-1][-99:])) == (1, 1_000_000)
    [mark] = [line for line in lines if line.startswith("… log truncated: ")]
    assert int(mark.split()[3].replace(",", "")) == 1_000_000 - (len(lines) - 1)
    assert max(len(piece["text"]) for piece in pieces) <= 65_536


@pytest.mark.only_in_all(reason=LARGE)
def test_a_result_of_50_mb_is_cut_and_its_run_has_succeeded_once(rest: Rest) -> None:
    run = rest.ended("large.result", {"megabytes": 50})
    assert (run["state"], run["attempt"]) == ("succeeded", 1)
    result = rest.of(run, "result")["result"]
    assert (result["truncated"], result["bytes"] > 50_000_000) == (True, True)
    assert result["head"].startswith('["rrr')
    assert len(rest.client.get(f"runs/{run['id']}/result/").content) < 70_000


@pytest.mark.only_in_all(reason=LARGE)
@pytest.mark.parametrize(
    ("task", "params", "error"),
    [
        ("large.deep", {"levels": 50_000}, "ValueError: bottom"),
        ("large.error", {"kind": "ManyWords"}, "ManyWords: sss"),
        ("large.error", {"kind": "NoWords"}, "NoWords: NoWords('told')"),
        ("large.error", {"kind": "Leaving"}, "Leaving: Leaving('told')"),
    ],
)
def test_an_endless_error_is_one_failure_with_its_beginning_and_its_end(
    rest: Rest, task: str, params: dict[str, Any], error: str
) -> None:
    run = rest.ended(task, params)
    assert (run["state"], run["attempt"]) == ("failed", 1), run
    assert run["error"].startswith(error)
    assert len(run["error"]) <= 500
    traceback = rest.of(run, "result")["traceback"]
    assert traceback.startswith("Traceback (most recent call last)")
    assert len(traceback) <= 65_536 + 100


@pytest.mark.only_in_all(reason=MANY_MINUTES)
@pytest.mark.timeout(900)
def test_a_command_that_writes_100_mb_leaves_as_much_as_a_log_may(rest: Rest) -> None:
    code = "for number in range(100_000): print(f'{number:0999}')"
    run = rest.ended("RunCommand", {"argv": [sys.executable, "-c", code]})
    assert (run["state"], run["attempt"]) == ("succeeded", 1)
    lines = "".join(
        piece["text"] for piece in rest.of(run, "logs", limit=500)["results"]
    ).splitlines()
    assert [int(lines[place][-999:]) for place in (0, -1)] == [0, 99_999]
    assert sum(map(len, lines)) <= 10 * 1024 * 1024 + 200
    assert len(rest.of(run, "result")["result"]["output"]) <= 2_000
