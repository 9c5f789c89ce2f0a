"""A run beside the last success of its job: what was different."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.admin import AdminSite
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse

from jobs.access.actor import Actor, actor_of
from jobs.admin.look.badges import Badge, run_badge
from jobs.admin.look.times import NONE, Moment, between, moment
from jobs.admin.run.detail import pretty
from jobs.models import Run
from jobs.queries.runs.before import last_success
from jobs.queries.runs.log import AttemptLog
from jobs.queries.runs.results import result_fields
from jobs.redaction.redactor import redactor_of

LINES = 20


@dataclass(frozen=True)
class Difference:
    """One line of the table: what each of the two says, and whether that differs."""

    label: str
    one: str
    other: str

    @property
    def differs(self) -> bool:
        return self.one != self.other


@dataclass(frozen=True)
class Side:
    """One of the two runs."""

    title: str
    url: str
    badge: Badge
    due: Moment
    lines: list[str]
    result: str


def compare_page(site: AdminSite, request: HttpRequest, run: Run, now: datetime) -> HttpResponse:
    """The two beside each other; where there was no success, a page that says so."""
    url = reverse("beatwright:beatwright_run_change", args=[run.pk])
    context: dict[str, Any] = {
        "title": "Compare",
        "crumbs": [
            ("Runs", reverse("beatwright:beatwright_run_changelist")),
            (run.job.name, reverse("beatwright:beatwright_job_detail", args=[run.job_id])),
            (f"Run {str(run.pk)[-8:]}", url),
        ],
        "run_url": url,
        **comparison(run, actor_of(request), now),
    }
    return TemplateResponse(
        request, "console/run/compare.html", site.each_context(request) | context
    )


def comparison(run: Run, actor: Actor, now: datetime) -> dict[str, Any]:
    """At most seven queries beside the run's own."""
    before = last_success(run, actor=actor)
    if before is None:
        return {"before": None}
    return {
        "before": before,
        "sides": [
            _side(title, each, now, run.job.timezone)
            for title, each in (("This run", run), ("Last success", before))
        ],
        "facts": list(_facts(run, before)),
        "params": list(_params(run, before)),
    }


def _side(title: str, run: Run, now: datetime, zone: str) -> Side:
    redactor = redactor_of(run.params)
    lines = AttemptLog(run.pk, run.attempt, redactor).tail().lines if run.attempt else []
    told = result_fields(run)
    return Side(
        title,
        reverse("beatwright:beatwright_run_change", args=[run.pk]),
        run_badge(run),
        moment(run.scheduled_for, now, zone),
        [line.text for line in list(lines)[-LINES:]],
        told["error"] or pretty(told["result"]),
    )


def _facts(run: Run, before: Run) -> Iterator[Difference]:
    def both(label: str, name: str) -> Difference:
        one, other = (str(getattr(each, name)) for each in (run, before))
        return Difference(label, one or NONE, other or NONE)

    yield both("State", "state")
    yield Difference("Took", *(between(r.started_at, r.finished_at) for r in (run, before)))
    yield Difference("Waited", *(between(r.available_at, r.started_at) for r in (run, before)))
    yield both("Worker", "worker")
    yield both("Job version", "job_version")
    yield both("Task", "task")
    yield both("Queue", "queue")
    yield both("Trigger", "trigger")
    yield both("Attempts", "attempt")


def _params(run: Run, before: Run) -> Iterator[Difference]:
    """Each param that either has, as it may be shown; a secret that differs shows as the same."""
    one, other = (redactor_of(each.params).json(each.params) for each in (run, before))
    for name in sorted({*one, *other}):
        yield Difference(name, *(_json(each, name) for each in (one, other)))


def _json(params: dict[str, Any], name: str) -> str:
    return json.dumps(params[name], ensure_ascii=False) if name in params else NONE
