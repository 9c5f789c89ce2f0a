"""Traces and log lines of real schedulers and workers."""

from __future__ import annotations

import json
import socket
from pathlib import Path
from typing import Any

import pytest

from tests.support.eventually import eventually
from tests.support.otlp import Collector
from tests.support.processes import Process
from tests.support.site import Site

pytestmark = [
    pytest.mark.drawn(most=2, reason="each starts a site with a collector of its own"),
    pytest.mark.takes_turns(reason="a site and a collector of its own for each"),
]

JOBS = [
    {
        "name": "hello",
        "task": "LogTask",
        "params": {"message": "hello there"},
        "schedule": "* * * * * *",
    },
    {
        "name": "wrong",
        "task": "HttpRequest",
        "params": {"url": "http://127.0.0.1:1/"},
        "schedule": "* * * * * *",
    },
]


def load(site: Site, tmp_path: Path, *jobs: dict[str, Any]) -> None:
    path = tmp_path / "jobs.json"
    path.write_text(json.dumps({"format": "beatwright/1", "jobs": list(jobs)}))
    site.manage("import_schedule", str(path))


def test_a_run_is_one_trace_over_scheduler_and_worker(tmp_path: Path) -> None:
    with Collector() as collector:
        env = {"OTEL_EXPORTER_OTLP_ENDPOINT": collector.url, "OTEL_BSP_SCHEDULE_DELAY": "200"}
        with Site("postgresql", env=env) as site:
            load(site, tmp_path, JOBS[0])
            site.scheduler(env={"OTEL_SERVICE_NAME": "scheduler"})
            worker = site.worker(env={"OTEL_SERVICE_NAME": "worker"})
            (run, *_) = eventually(lambda: site.runs(state="succeeded"), seconds=30)
            trace_id = run["id"].hex
            whole = ["body", "claim", "finish", "plan", "publish"]
            eventually(lambda: collector.names(trace_id) == whole, seconds=15)
            worker.stop()
        spans = {span.name: span for span in collector.spans if span.trace_id == trace_id}
        assert {name: span.service for name, span in spans.items()} == {
            "plan": "scheduler", "publish": "scheduler", "claim": "worker", "body": "worker",
            "finish": "worker"
        }  # fmt: skip
        assert spans["plan"].parent_id == ""
        assert {span.parent_id for name, span in spans.items() if name != "plan"} == {
            spans["plan"].span_id
        }
        assert spans["plan"].end_ns <= spans["claim"].start_ns <= spans["body"].start_ns
        assert spans["body"].end_ns <= spans["finish"].end_ns
        assert spans["body"].attributes == {
            "beatwright.run_id": str(run["id"]), "beatwright.job": "hello",
            "beatwright.task": "LogTask",
            "beatwright.attempt": 1,
        }  # fmt: skip
        assert spans["finish"].attributes["beatwright.state"] == "succeeded"


def test_a_collector_that_does_not_answer_holds_up_neither_runs_nor_the_end(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        env = {"OTEL_EXPORTER_OTLP_ENDPOINT": f"http://127.0.0.1:{silent.getsockname()[1]}"}
        with Site(env=env) as site:
            load(site, tmp_path, JOBS[0])
            scheduler, worker = site.scheduler(), site.worker()
            eventually(lambda: site.runs(state="succeeded"), seconds=30)
            assert [scheduler.stop(), worker.stop()] == [0, 0]


def test_without_an_endpoint_nothing_of_it_is_even_loaded() -> None:
    with Site() as site:
        names = ("jobs.tracing", "opentelemetry.sdk.trace", "opentelemetry.exporter")
        assert (
            site.python(
                f"import sys; print([name for name in {names} if name in sys.modules])"
            ).strip()
            == "[]"
        )


def lines(process: Process) -> list[dict[str, Any]]:
    """Every line but the banner that Celery prints, which must all be JSON."""
    begun = [line for line in process.log().splitlines() if line.startswith("{")]
    return [json.loads(line) for line in begun]


def test_json_lines_say_which_run_they_are_about(tmp_path: Path) -> None:
    with Site("postgresql", env={"LOG_FORMAT": "json"}, tuning={"leader_lease_seconds": 2}) as site:
        load(site, tmp_path, *JOBS)
        scheduler = site.scheduler("--loglevel=DEBUG")
        worker = site.worker()
        (run, *_) = eventually(lambda: site.runs("hello", state="succeeded"), seconds=30)
        eventually(lambda: site.runs("wrong", state="failed"), seconds=30)
        eventually(lambda: about(lines(worker), run["id"], "succeeded in"), seconds=20)
        fields = {"run_id": str(run["id"]), "job": "hello", "task": "LogTask"}
        (said,) = [
            line
            for line in about(lines(worker), run["id"], "hello there")
            if line["logger"] == "tasks.basics"
        ]
        assert said | fields | {"attempt": 1, "level": "info"} == said
        assert said["time"].endswith("Z")
        (ended,) = about(lines(worker), run["id"], "succeeded in")
        assert ended | fields | {"attempt": 1} == ended
        (received,) = about(lines(worker), run["id"], "received")
        assert received | {"run_id": str(run["id"]), "task": "LogTask"} == received
        (published,) = about(lines(scheduler), run["id"], "run published")
        assert published | fields == published
        eventually(
            lambda: [one for one in lines(worker) if "Traceback" in one.get("exception", "")],
            seconds=10,
        )
        # What is kept of the body is what it wrote, as ever.
        ((stored),) = site.query("SELECT text FROM beatwright_runlog WHERE run_id = %s", run["id"])
        assert "hello there" in stored["text"]
        assert "{" not in stored["text"]


def about(found: list[dict[str, Any]], run_id: object, words: str) -> list[dict[str, Any]]:
    return [
        line for line in found if line.get("run_id") == str(run_id) and words in line["message"]
    ]
