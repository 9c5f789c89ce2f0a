"""Whatever a body returns, reports or raises is kept as text that every surface can show."""

from __future__ import annotations

import ast
import json
from types import SimpleNamespace
from typing import Any

import pytest

from jobs.execution.backend import JobBackend
from jobs.models import RunState
from scheduler_site.celery import app
from tests.integration.execution.delivery import attempts_of, deliver, job_for, published_run


@pytest.mark.parametrize(
    "made", [lambda: float("nan"), lambda: {"x": [float("-inf")]}, lambda: "half \ud83d"]
)
def test_a_result_that_is_no_json_is_kept_as_json_that_says_so(made: Any) -> None:
    def work(self: Any) -> Any:
        return made()

    run = published_run(job_for(work))
    deliver(run)

    shown = json.loads(attempts_of(run)[0].result, parse_constant=pytest.fail)
    assert run.state == RunState.SUCCEEDED
    assert shown in ("nan", {"x": ["-inf"]}, "half ?")


@pytest.mark.parametrize("depth", [150, 500, 5_000])
def test_a_result_of_many_levels_is_kept_as_far_as_it_can_be_shown(depth: int) -> None:
    def work(self: Any) -> Any:
        deep: Any = 1
        for _ in range(depth):
            deep = [deep]
        return deep

    run = published_run(job_for(work))
    deliver(run)

    stored = attempts_of(run)[0].result
    assert run.state == RunState.SUCCEEDED
    assert stored.count("[") <= 200
    assert "not shown" in stored or "unserializable" in stored


@pytest.mark.filterwarnings(
    "ignore:Exception raised outside body"
)  # Celery's, which has no words for it
def test_a_number_of_five_thousand_digits_is_kept_as_words() -> None:
    def work(self: Any) -> Any:
        return {"big": 10**5000}

    run = published_run(job_for(work))
    deliver(run)

    assert run.state == RunState.SUCCEEDED
    assert json.loads(attempts_of(run)[0].result)["unserializable"] == "dict"
    assert "late_finished_at" not in json.loads(attempts_of(run)[0].meta)


@pytest.mark.parametrize(
    "value",
    [float("nan"), {"loss": float("inf")}, "half \ud83d", 10**5000],
    ids=["no number", "infinite", "surrogate", "huge"],
)
def test_progress_and_errors_are_kept_whatever_they_hold(value: Any) -> None:
    def work(self: Any) -> None:
        self.update_state(state="PROGRESS", meta={"value": value})
        raise ValueError(value)

    run = published_run(job_for(work))
    deliver(run)

    assert run.state == RunState.FAILED
    assert run.error.startswith("ValueError: ")
    assert run.progress
    json.dumps(run.progress, allow_nan=False).encode()
    json.loads(attempts_of(run)[0].result, parse_constant=pytest.fail)


class Needy(Exception):
    def __init__(self, code: int, text: str) -> None:
        super().__init__(f"{code}: {text}")


class NeedyValue(ValueError):
    def __init__(self, code: int, text: str) -> None:
        self.code, self.text = code, text

    def __str__(self) -> str:
        return f"{self.text} ({self.code})"


@pytest.mark.parametrize(
    ("error", "line"),
    [
        (Needy(7, "custom arguments"), "Needy: 7: custom arguments"),
        (NeedyValue(7, "of a value"), "NeedyValue: of a value (7)"),
        (ValueError("a", "b"), "ValueError: a, b"),
        (ExceptionGroup("several", [ValueError()]), "ExceptionGroup: several (1 sub-exception)"),
    ],
)
def test_an_exception_is_shown_as_itself(error: Exception, line: str) -> None:
    def work(self: Any) -> None:
        raise error

    run = published_run(job_for(work))
    deliver(run)

    assert run.error == line
    assert line.partition(": ")[2].partition(",")[0] in attempts_of(run)[0].traceback
    assert "Unpickleable" not in attempts_of(run)[0].traceback


def test_the_error_of_a_retried_attempt_is_the_one_that_it_is_retried_for() -> None:
    def work(self: Any) -> None:
        raise self.retry(exc=Needy(7, "custom arguments"), countdown=1)

    run = published_run(job_for(work))
    deliver(run)

    assert (run.state, run.error) == (RunState.QUEUED, "Needy: 7: custom arguments")


def test_what_a_plain_task_was_given_is_kept_whole() -> None:
    """Its page hides in the result what was a secret among it, and can do so only where it is all
    there.
    """
    given = {"a": {"b": {"c": {"keys": ["x" * 3_000]}}}}
    asked = SimpleNamespace(args=[1], kwargs=given, argsrepr="(1,)", kwargsrepr="{'a': {...}}")
    kept = JobBackend(app)._get_extended_properties(asked, None)
    assert [ast.literal_eval(json.loads(kept[name])) for name in ("task_args", "task_kwargs")] == [
        (1,),
        given,
    ]


def test_more_than_can_be_kept_is_not_kept_in_part() -> None:
    asked = SimpleNamespace(
        args=[], kwargs={"text": "x" * 200_000}, argsrepr="()", kwargsrepr="{...}"
    )
    kept = JobBackend(app)._get_extended_properties(asked, None)
    assert json.loads(kept["task_kwargs"]) == "<too long to be kept>"
