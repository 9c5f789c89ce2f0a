"""Scenario 24: 120 inputs that make no sense, through every door, while other jobs go on."""

from __future__ import annotations

import itertools
import json
import re
from datetime import timedelta
from typing import Any

import httpx

from tests.acceptance.faults import inputs
from tests.acceptance.faults.scenario import Scenario, seconds_between
from tests.acceptance.faults.site import FaultSite, every, soon
from tests.support.dts_go import Client

# In one process: what a command raises is what its user reads. Each answer is a line of JSON.
COMMANDS = """
import io, json
from django.core.management import CommandError, call_command
def answer(*words):
    out, err = io.StringIO(), io.StringIO()
    try:
        call_command(*words, stdout=out, stderr=err)
    except CommandError as error:
        return "error", f"{error}\\n{err.getvalue()}"
    except Exception as error:
        return "crash", f"{type(error).__name__}: {error}"
    return "accepted", out.getvalue()
for words in json.loads(open(%r).read()):
    print(json.dumps(answer(*words)))
"""
TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="(\w+)"')


def test_24_bad_input_gets_an_error_that_names_the_field_and_disturbs_nobody(
    scenario: Scenario,
) -> None:
    with scenario.site() as site:
        site.create_admin()
        site.worker()
        scheduler = site.scheduler()
        site.web()
        site.grpc()
        secret = site.manage("create_token", "admin", "--name", "robot").split()[-1]
        start = soon(5)
        end = start + timedelta(seconds=16)
        names = ["clock-1", "clock-2"]
        site.create(
            {"name": n, "schedule": "*/2 * * * * *", "starts_at": start, "ends_at": end}
            for n in names
        )
        before = site.query("SELECT count(*) AS n FROM beatwright_job")
        answers = [*_by_form(site), *_by_program(site, secret), *_by_import(site)]
        assert [answer for answer in answers if answer] == []
        scenario.exactly("clear errors", len(answers), 120)
        assert site.query("SELECT count(*) AS n FROM beatwright_job") == before
        moments = every(2, start, end)
        site.settle(2 * len(moments), seconds=30)
        late = max(seconds_between(run["scheduled_for"], run["started_at"]) for run in site.runs())
        scenario.figure("others late by at most", late, at_most=2, unit="s")
        assert scheduler.is_running
        scenario.check(site, dict.fromkeys(names, moments))


def _by_import(site: FaultSite) -> list[str]:
    """What is wrong with the answer to each input, as a file to import."""
    calls: list[list[str]] = []
    for number, (field, value) in enumerate(inputs.BAD):
        path = site.folder / f"bad-{number}.json"
        path.write_text(inputs.as_file(field, value))
        calls.append(["import_schedule", str(path)])
    path = site.folder / "calls.json"
    path.write_text(json.dumps(calls))
    answers = [
        json.loads(line) for line in site.python(COMMANDS % str(path), seconds=120).splitlines()
    ]
    return [
        _complaint(
            "import",
            *bad,
            is_clear=kind == "error" and bool(re.search(rf"\b{bad[0]}\b", text)),
            answer=text,
        )
        for bad, (kind, text) in zip(inputs.BAD, answers, strict=True)
    ]


def _by_program(site: FaultSite, secret: str) -> list[str]:
    """The same for REST and gRPC, by turns where a message of DTS-Go's can carry the value."""
    headers = {"Authorization": f"Bearer {secret}", "Content-Type": "application/json"}
    turns = itertools.cycle([True, False])
    with (
        httpx.Client(base_url=site.url, headers=headers, timeout=60, trust_env=False) as http,
        Client(site.grpc_port, token=secret) as rpc,
    ):
        return [
            _called(rpc, *bad) if inputs.has_message(*bad) and next(turns) else _sent(http, *bad)
            for bad in inputs.BAD
        ]


def _sent(http: httpx.Client, field: str, value: str) -> str:
    answer = http.post("/api/v1/jobs/", content=json.dumps(inputs.as_body(field, value)))
    named = {error["field"].partition(".")[0] for error in answer.json().get("errors", [])}
    is_clear = answer.status_code in {400, 422} and named == {field}
    return _complaint(
        "REST", field, value, is_clear=is_clear, answer=f"{answer.status_code} {answer.text}"
    )


def _called(rpc: Client, field: str, value: str) -> str:
    code, details = rpc.refusal("JobService.CreateJob", **inputs.as_message(field, value))
    is_clear = code == "INVALID_ARGUMENT" and details.startswith(inputs.MESSAGE[field])
    return _complaint("gRPC", field, value, is_clear=is_clear, answer=f"{code} {details}")


def _complaint(door: str, field: str, value: str, *, is_clear: bool, answer: str) -> str:
    return "" if is_clear else f"{door}: {field}={value[:40]!r} gave {answer.strip()[:160]}"


def _by_form(site: FaultSite) -> list[str]:
    """The same for the console's form, in a browser's place."""
    with httpx.Client(base_url=site.url, follow_redirects=True, timeout=60) as client:
        _sign_in(client)
        return [_posted(client, field, value) for field, value in inputs.BAD]


def _sign_in(client: httpx.Client) -> None:
    page = client.get("/admin/login/")
    data = {"username": "admin", "password": "for tests only", "csrfmiddlewaretoken": _token(page)}
    assert client.post("/admin/login/?next=/admin/", data=data).status_code == 200


def _posted(client: httpx.Client, field: str, value: str) -> str:
    data: dict[str, Any] = {
        **inputs.GOOD,
        "enabled": "on",
        field: value,
        "csrfmiddlewaretoken": client.cookies["csrftoken"],
    }
    answer = client.post("/admin/beatwright/job/add/", data=data)
    named = re.findall(r"id=.(id_[a-z_]+)_error", answer.text)
    is_clear = answer.status_code == 422 and f"id_{field}" in named
    return _complaint(
        "form", field, value, is_clear=is_clear, answer=f"{answer.status_code} {named}"
    )


def _token(page: httpx.Response) -> str:
    found = TOKEN.search(page.text)
    assert found, page.text[:500]
    return found[1]
