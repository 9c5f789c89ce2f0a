"""Jobs: listed, made, read, changed, taken away."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.timezone import now
from rest_framework.request import Request
from rest_framework.response import Response

from jobs.actions.jobs import archive_job, create_job, update_job
from jobs.api.etags import wanted_version, with_etag
from jobs.api.idempotency import idempotent
from jobs.api.paging import cursor_of, page, read_cursor
from jobs.api.reading import read_body, read_query
from jobs.api.schema import IF_MATCH, operation
from jobs.api.selecting import selected, wanted_fields
from jobs.api.shapes.base import Selecting
from jobs.api.shapes.jobs import JobAnswer, JobPage, JobPatch, JobsQuery, NewJob
from jobs.api.views.resource import Resource
from jobs.models import Job
from jobs.queries.fields import job_fields
from jobs.queries.job_filter import JobFilter
from jobs.queries.job_list import JobListing, list_jobs

KINDS: dict[str, type] = {"name": str, "priority": int}


class Jobs(Resource):
    """`jobs/`"""

    reads = "beatwright.view_job"

    @operation("jobs", "List the jobs", query=JobsQuery, answer=JobPage, selects=JobAnswer, operation_id="jobs_list")
    def get(self, request: Request) -> Response:
        """Unarchived jobs unless `status=archived` is asked for, in the order asked for."""
        query = read_query(request, JobsQuery)
        fields = wanted_fields(query.fields, JobAnswer)
        wanted = _filter(query)
        found = list_jobs(wanted, actor=self.actor, after=_after(query.cursor, wanted), limit=query.limit)
        rows = [selected(self.shown(job_fields(job)), fields) for job in found.rows]
        return page(request, rows, cursor_of(wanted.order, _key(found.rows[-1], wanted)) if found.more_after else None)

    @operation("jobs", "Create a job", body=NewJob, answer={201: JobAnswer})
    @idempotent()
    def post(self, request: Request) -> Response:
        """It is planned from now on, unless `enabled` is false."""
        made = create_job(read_body(request, NewJob).values(), actor=self.actor, now=now())
        job = self.job(made.pk)
        answer = with_etag(job, self.shown(job_fields(job)), status=201)
        answer["Location"] = reverse("api:job", args=[job.pk])
        return answer


class OneJob(Resource):
    """`jobs/{id}/`"""

    reads = "beatwright.view_job"

    @operation("jobs", "Read a job", query=Selecting, answer=JobAnswer, selects=JobAnswer)
    def get(self, request: Request, job_id: uuid.UUID) -> Response:
        """An archived job is not found here: `jobs/?status=archived` lists those."""
        fields = wanted_fields(read_query(request, Selecting).fields, JobAnswer)
        job = self.job(job_id)
        return with_etag(job, selected(self.shown(job_fields(job)), fields))

    @operation("jobs", "Change some fields of a job", body=JobPatch, answer=JobAnswer, headers=(IF_MATCH,))
    def patch(self, request: Request, job_id: uuid.UUID) -> Response:
        """What is left out stays as it is."""
        return self._change(request, job_id, read_body(request, JobPatch).values())

    @operation("jobs", "Replace a job", body=NewJob, answer=JobAnswer, headers=(IF_MATCH,))
    def put(self, request: Request, job_id: uuid.UUID) -> Response:
        """What is left out gets its default, but for `enabled`, which stays as it is."""
        return self._change(request, job_id, read_body(request, NewJob).values(whole=True))

    @operation("jobs", "Archive or delete a job", answer={204: None}, headers=(IF_MATCH,))
    def delete(self, request: Request, job_id: uuid.UUID) -> Response:
        """One that has run is archived, so that its runs stay."""
        archive_job(self.job(job_id), actor=self.actor, now=now(), version=wanted_version(request))
        return Response(status=204)

    def _change(self, request: Request, job_id: uuid.UUID, values: dict[str, Any]) -> Response:
        version = wanted_version(request)
        update_job(self.job(job_id), values, actor=self.actor, now=now(), version=version)
        job = self.job(job_id)
        return with_etag(job, self.shown(job_fields(job)))


def _filter(query: JobsQuery) -> JobListing:
    same = {name: getattr(query, name) for name in ("search", "task", "queue", "owner", "tag", "pool")}
    return JobListing(JobFilter(state=query.status or "", **same), name=query.name, order=query.order)


def _key(job: Job, wanted: JobListing) -> tuple[Any, Any]:
    field = wanted.key[0]
    return (job.state.next_run_at if field == "state__next_run_at" else getattr(job, field)), job.pk


def _after(cursor: str, wanted: JobListing) -> list[Any] | None:
    kind = KINDS.get(wanted.key[0], datetime)
    return read_cursor(cursor, wanted.order, (kind, uuid.UUID))
