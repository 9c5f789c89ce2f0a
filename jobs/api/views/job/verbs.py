"""What one does with a job: run, pause, resume, backfill; and what one asks about it."""

from __future__ import annotations

import uuid
from dataclasses import asdict

from django.urls import path
from django.utils.timezone import now
from rest_framework.request import Request
from rest_framework.response import Response

from jobs.access.idempotency import KeyReused, check_key
from jobs.actions.jobs import unarchive_job
from jobs.actions.pauses import pause_job, resume_job
from jobs.actions.runs.backfills import backfill_job, cancel_backfill, preview_backfill
from jobs.actions.runs.cancel import cancel_runs
from jobs.actions.runs.run import run_now
from jobs.api.etags import with_etag
from jobs.api.idempotency import HEADER, idempotent, key_of
from jobs.api.reading import read_body, read_query
from jobs.api.schema import operation
from jobs.api.shapes.backfills import (
    BackfillAnswer,
    BackfillBody,
    BackfillCancelled,
    BackfillList,
    BackfillPreview,
    BackfillsQuery,
    RangeQuery,
)
from jobs.api.shapes.base import NoBody
from jobs.api.shapes.jobs import JobAnswer, Pause, Preview, PreviewQuery, RunNowBody, Why
from jobs.api.shapes.runs import RunAnswer, RunsCancelled
from jobs.api.views.resource import Resource
from jobs.models import Trigger
from jobs.moments import iso
from jobs.queries.backfills import backfill_fields, backfills_of, find_backfill, with_progress
from jobs.queries.fields import job_fields
from jobs.queries.jobs.preview import preview_job
from jobs.queries.lookup import find_job
from jobs.queries.why.job import why_job
from jobs.redaction.restore import stands_for


class RunNowView(Resource):
    """`jobs/{id}/run/`"""

    @operation("jobs", "Run a job now", body=RunNowBody, answer={201: RunAnswer, 200: RunAnswer})
    @idempotent(atomic=False)
    def post(self, request: Request, job_id: uuid.UUID) -> Response:
        """Also while the job is paused.

        With a key that you have run it under before: 200 and that run.
        """
        job, body = self.job(job_id), read_body(request, RunNowBody)
        params, key = body.params, _key(body.key) or key_of(request)
        trigger = Trigger.MANUAL if self.is_called_in_process else Trigger.API
        done = run_now(
            job,
            actor=self.actor,
            now=now(),
            params=params,
            trigger=trigger,
            key=key,
            waits=body.waits,
        )
        if not done.created and params is not None and not stands_for(params, done.run.params):
            raise KeyReused(
                "was used for a run with other params before", field="key" if body.key else HEADER
            )
        return self.run_made(done)


def _key(text: str | None) -> str | None:
    if text is not None:
        check_key(text, "key")
    return text


class PauseJob(Resource):
    """`jobs/{id}/pause/`"""

    @operation("jobs", "Pause a job", body=Pause, answer=JobAnswer)
    @idempotent()
    def post(self, request: Request, job_id: uuid.UUID) -> Response:
        """Plan no more occurrences, until it is resumed or `until` has come."""
        body = read_body(request, Pause)
        pause_job(
            self.job(job_id), actor=self.actor, reason=body.reason, until=body.until, now=now()
        )
        job = self.job(job_id)
        return with_etag(job, self.shown(job_fields(job)))


class ResumeJob(Resource):
    """`jobs/{id}/resume/`"""

    @operation("jobs", "Resume a job", answer=JobAnswer)
    @idempotent()
    def post(self, request: Request, job_id: uuid.UUID) -> Response:
        """Plan it again, from now on; what it missed is counted in one skipped run."""
        read_body(request, NoBody)
        resume_job(self.job(job_id), actor=self.actor, now=now())
        job = self.job(job_id)
        return with_etag(job, self.shown(job_fields(job)))


class CancelRuns(Resource):
    """`jobs/{id}/cancel-runs/`"""

    @operation("jobs", "Cancel a job's open runs", answer=RunsCancelled)
    @idempotent()
    def post(self, request: Request, job_id: uuid.UUID) -> Response:
        """Those that wait end at once; those that run are asked to stop.

        The job goes on being planned.
        """
        read_body(request, NoBody)
        job = self.job(job_id)
        return Response(
            {"job_name": job.name} | asdict(cancel_runs(job, actor=self.actor, now=now()))
        )


class UnarchiveJob(Resource):
    """`jobs/{id}/unarchive/`"""

    @operation("jobs", "Restore an archived job", answer=JobAnswer)
    @idempotent()
    def post(self, request: Request, job_id: uuid.UUID) -> Response:
        """It is paused until somebody resumes it."""
        read_body(request, NoBody)
        unarchive_job(find_job(str(job_id), actor=self.actor), actor=self.actor, now=now())
        job = self.job(job_id)
        return with_etag(job, self.shown(job_fields(job)))


class PreviewJob(Resource):
    """`jobs/{id}/preview/`"""

    reads = "beatwright.view_job"

    @operation("jobs", "Preview a job's occurrences", query=PreviewQuery, answer=Preview)
    def get(self, request: Request, job_id: uuid.UUID) -> Response:
        """What its schedule has in store, whether it is paused or not."""
        query = read_query(request, PreviewQuery)
        return Response(
            preview_job(self.job(job_id), after=query.after or now(), count=query.count).fields()
        )


class WhyJobView(Resource):
    """`jobs/{id}/why/`"""

    reads = "beatwright.view_job"

    @operation("jobs", "Ask why a job is not running", answer=Why)
    def get(self, request: Request, job_id: uuid.UUID) -> Response:
        """Every reason that applies, the one to act on first."""
        return Response(why_job(self.job(job_id), now=now()).fields())


class BackfillJob(Resource):
    """`jobs/{id}/backfill/`"""

    reads = "beatwright.view_job"

    @operation("backfills", "Preview a backfill", query=RangeQuery, answer=BackfillPreview)
    def get(self, request: Request, job_id: uuid.UUID) -> Response:
        """The occurrences that a backfill of this range would run."""
        query = read_query(request, RangeQuery)
        job = self.job(job_id)
        moments = preview_backfill(job, now=now(), start=query.start, end=query.end)
        return Response(
            {
                "job_name": job.name,
                "total": len(moments),
                "occurrences": [iso(moment) for moment in moments],
            }
        )

    @operation(
        "backfills", "Backfill a past range", body=BackfillBody, answer={201: BackfillAnswer}
    )
    @idempotent()
    def post(self, request: Request, job_id: uuid.UUID) -> Response:
        """Run each occurrence of the range once more, at a pace of its own."""
        job, body = self.job(job_id), read_body(request, BackfillBody)
        pace = body.model_dump(exclude={"start", "end"})
        backfill = backfill_job(
            job, actor=self.actor, now=now(), start=body.start, end=body.end, **pace
        )
        return Response(backfill_fields(*with_progress([backfill])), status=201)


class JobBackfills(Resource):
    """`jobs/{id}/backfills/`"""

    reads = "beatwright.view_job"

    @operation(
        "backfills", "List a job's newest backfills", query=BackfillsQuery, answer=BackfillList
    )
    def get(self, request: Request, job_id: uuid.UUID) -> Response:
        """Newest first."""
        found = backfills_of(self.job(job_id), limit=read_query(request, BackfillsQuery).limit)
        return Response({"results": [backfill_fields(progress) for progress in found]})


class OneBackfill(Resource):
    """`backfills/{id}/`"""

    reads = "beatwright.view_job"

    @operation("backfills", "Read a backfill", answer=BackfillAnswer)
    def get(self, request: Request, backfill_id: uuid.UUID) -> Response:
        """How far it is."""
        return Response(
            backfill_fields(*with_progress([find_backfill(str(backfill_id), actor=self.actor)]))
        )


class CancelBackfill(Resource):
    """`backfills/{id}/cancel/`"""

    @operation("backfills", "Cancel a backfill", answer=BackfillCancelled)
    @idempotent()
    def post(self, request: Request, backfill_id: uuid.UUID) -> Response:
        """Its waiting runs end at once, running ones when they can be stopped."""
        read_body(request, NoBody)
        backfill = find_backfill(str(backfill_id), actor=self.actor)
        done = cancel_backfill(backfill, actor=self.actor, now=now())
        return Response(backfill_fields(*with_progress([backfill])) | asdict(done))


urlpatterns = [
    path("jobs/<uuid:job_id>/run/", RunNowView.as_view()),
    path("jobs/<uuid:job_id>/pause/", PauseJob.as_view()),
    path("jobs/<uuid:job_id>/resume/", ResumeJob.as_view()),
    path("jobs/<uuid:job_id>/cancel-runs/", CancelRuns.as_view()),
    path("jobs/<uuid:job_id>/unarchive/", UnarchiveJob.as_view()),
    path("jobs/<uuid:job_id>/preview/", PreviewJob.as_view()),
    path("jobs/<uuid:job_id>/why/", WhyJobView.as_view()),
    path("jobs/<uuid:job_id>/backfill/", BackfillJob.as_view()),
    path("jobs/<uuid:job_id>/backfills/", JobBackfills.as_view()),
    path("backfills/<uuid:backfill_id>/", OneBackfill.as_view()),
    path("backfills/<uuid:backfill_id>/cancel/", CancelBackfill.as_view()),
]
