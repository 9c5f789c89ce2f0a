"""Jobs: listed, made, read, changed, taken away."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import fields
from datetime import datetime
from typing import Any

from django.urls import path
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
from jobs.errors import DomainError
from jobs.queries.fields import job_fields
from jobs.queries.jobs.filter import JobFilter
from jobs.queries.jobs.listing import fields_of, key_of, list_jobs
from jobs.queries.lookup import find_job

KINDS: dict[str, type] = {"id": uuid.UUID, "name": str, "priority": int}
MOST_IDS = 50  # as many as fit into an address of 4 KB


class JobsView(Resource):
    """`jobs/`"""

    reads = "beatwright.view_job"

    @operation(
        "jobs",
        "List the jobs",
        query=JobsQuery,
        answer=JobPage,
        selects=JobAnswer,
        operation_id="jobs_list",
    )
    def get(self, request: Request) -> Response:
        """Unarchived jobs unless `status=archived` is asked for, in the order asked for."""
        query = read_query(request, JobsQuery)
        shown, order = wanted_fields(query.fields, JobAnswer), query.order
        found = list_jobs(
            _filter(query),
            order,
            actor=self.actor,
            ids=_ids(query.ids),
            after=self._after(query),
            limit=query.limit,
        )
        rows = [selected(self.shown(job_fields(job)), shown) for job in found.rows]
        return page(
            request,
            rows,
            cursor_of(order, key_of(found.rows[-1], order)) if found.more_after else None,
        )

    @operation("jobs", "Create a job", body=NewJob, answer={201: JobAnswer})
    @idempotent()
    def post(self, request: Request) -> Response:
        """It is planned from now on, unless `enabled` is false."""
        made = create_job(read_body(request, NewJob).values(), actor=self.actor, now=now())
        job = self.job(made.pk)
        answer = with_etag(job, self.shown(job_fields(job)), status=201)
        answer["Location"] = self.address(f"jobs/{job.pk}/")
        return answer

    def _after(self, query: JobsQuery) -> Sequence[Any] | None:
        if query.cursor or not query.after:
            return read_cursor(
                query.cursor,
                query.order,
                [KINDS.get(one, datetime) for one in fields_of(query.order)],
            )
        key = key_of(find_job(str(query.after), actor=self.actor), query.order)
        if None in key:
            raise DomainError("has no place in this order", field="after")
        return key


class JobView(Resource):
    """`jobs/{id}/`"""

    reads = "beatwright.view_job"

    @operation("jobs", "Read a job", query=Selecting, answer=JobAnswer, selects=JobAnswer)
    def get(self, request: Request, job_id: uuid.UUID) -> Response:
        """An archived job is not found here: `jobs/?status=archived` lists those."""
        fields = wanted_fields(read_query(request, Selecting).fields, JobAnswer)
        job = self.job(job_id)
        return with_etag(job, selected(self.shown(job_fields(job)), fields))

    @operation(
        "jobs", "Change some fields of a job", body=JobPatch, answer=JobAnswer, headers=(IF_MATCH,)
    )
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


def _filter(query: JobsQuery) -> JobFilter:
    return JobFilter(
        **{field.name: getattr(query, field.name) or "" for field in fields(JobFilter)}
    )


def _ids(text: str) -> list[uuid.UUID] | None:
    try:
        found = [uuid.UUID(part) for part in text.split(",")] if text else None
    except ValueError:
        raise DomainError("must be ids, separated by commas", field="ids") from None
    if found and len(found) > MOST_IDS:
        raise DomainError(f"at most {MOST_IDS:,} at once", field="ids")
    return found


urlpatterns = [
    path("jobs/", JobsView.as_view()),
    path("jobs/<uuid:job_id>/", JobView.as_view()),
]
