"""Revealing secrets: an act of its own, which the audit keeps."""

from __future__ import annotations

import uuid
from typing import Any

from django.urls import path
from django.utils.timezone import now
from rest_framework.request import Request
from rest_framework.response import Response

from jobs.actions.masking.reveal import reveal_job, reveal_run
from jobs.api.reading import read_body
from jobs.api.schema import operation
from jobs.api.shapes.jobs import JobAnswer
from jobs.api.shapes.revealing import Reveal, RevealedRun, RevealRun
from jobs.api.views.resource import Resource
from jobs.queries.attention.misses import miss_fields, misses_of
from jobs.queries.fields import attempts_fields, job_fields, run_fields
from jobs.queries.runs.log import log_of

UNKEPT = {"Cache-Control": "no-store"}


class RevealJobView(Resource):
    """`jobs/{id}/reveal/`"""

    @operation("jobs", "Reveal a job's secrets", body=Reveal, answer=JobAnswer)
    def post(self, request: Request, job_id: uuid.UUID) -> Response:
        """The job with its params and metadata as they are stored."""
        job, body = self.job(job_id), read_body(request, Reveal)
        redactor = reveal_job(job, actor=self.actor, now=now(), reason=body.reason)
        return Response(job_fields(job, redactor), headers=UNKEPT)


class RevealTheRun(Resource):
    """`runs/{id}/reveal/`"""

    @operation("runs", "Reveal a run's secrets", body=RevealRun, answer=RevealedRun)
    def post(self, request: Request, run_id: uuid.UUID) -> Response:
        """The run with its params, its attempts' results and the end of its log as they are
        stored.
        """
        run, body = self.run(run_id), read_body(request, RevealRun)
        redactor = reveal_run(run, actor=self.actor, now=now(), reason=body.reason)
        log = "\n".join(line.text for line in log_of(run, body.attempt, redactor).tail().lines)
        row: dict[str, Any] = run_fields(run, redactor) | {
            "attempts": attempts_fields(run, redactor),
            "misses": list(map(miss_fields, misses_of(run))),
            "log": log,
        }
        return Response(row, headers=UNKEPT)


urlpatterns = [
    path("jobs/<uuid:job_id>/reveal/", RevealJobView.as_view()),
    path("runs/<uuid:run_id>/reveal/", RevealTheRun.as_view()),
]
