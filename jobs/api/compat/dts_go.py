"""DTS-Go at ``/v1/jobs`` and ``/v1/scheduler/jobs``: its messages as JSON under their proto
names.
"""

from __future__ import annotations

import uuid

from django.urls import path
from django.utils.timezone import now
from rest_framework.request import Request
from rest_framework.response import Response

from jobs.actions.jobs import archive_job
from jobs.api.compat.paging import read_id, split
from jobs.api.idempotency import idempotent
from jobs.api.reading import read_body, read_query
from jobs.api.schema import operation
from jobs.api.shapes.compat import (
    DtsGoAnswer,
    DtsGoCreated,
    DtsGoJob,
    DtsGoPage,
    DtsGoQuery,
    DtsGoSchedule,
    DtsGoScheduled,
    DtsGoScheduledPage,
    DtsGoScheduledQuery,
    DtsGoScheduleId,
    DtsGoSuccess,
)
from jobs.api.views.resource import Resource
from jobs.compat import dts_go
from jobs.compat.cancelling import cancel_job
from jobs.compat.status import ACTIVE, job_with_status, told_count, told_page

TAG = "DTS-Go"


class Messages(Resource):
    """Addresses that answer this system's messages."""

    words = dts_go.WORDS_FOR


class JobsOfDtsGo(Messages):
    """`/v1/jobs`"""

    reads = "beatwright.view_job"

    @operation(TAG, "ListJobs", query=DtsGoQuery, answer=DtsGoPage, operation_id="dts_go_list")
    def get(self, request: Request) -> Response:
        """By id, the oldest first."""
        query = read_query(request, DtsGoQuery)
        status, after = dts_go.read_filter(query.status), read_id(query.last_id, "last_id")
        page, following = split(
            told_page(actor=self.actor, status=status, after=after, limit=query.page_size + 1),
            query.page_size,
        )
        jobs = [dts_go.dts_go_answer(job) for job in page]
        return Response(
            {
                "jobs": jobs,
                "total": told_count(actor=self.actor, status=status),
                "next_page": following,
            }
        )

    @operation(
        TAG, "CreateJob", body=DtsGoJob, answer={201: DtsGoCreated}, operation_id="dts_go_create"
    )
    @idempotent()
    def post(self, request: Request) -> Response:
        """`metadata` names the task and its params; else it is the params of the default task."""
        job = dts_go.create_from_dts_go(
            read_body(request, DtsGoJob).given(), actor=self.actor, now=now()
        )
        return Response({"job_id": str(job.pk)}, status=201)


class JobOfDtsGo(Messages):
    """`/v1/jobs/{id}`"""

    reads = "beatwright.view_job"

    @operation(TAG, "GetJob", answer=DtsGoAnswer, operation_id="dts_go_get")
    def get(self, request: Request, job_id: uuid.UUID) -> Response:
        """With its status, its last and its next run."""
        return Response(dts_go.dts_go_answer(job_with_status(job_id, self.actor)))

    @operation(TAG, "UpdateJob", body=DtsGoJob, answer=DtsGoAnswer, operation_id="dts_go_update")
    def put(self, request: Request, job_id: uuid.UUID) -> Response:
        """Zero values mean unchanged; `status` is a verb: PAUSED pauses, CANCELLED cancels,
        SCHEDULED resumes.
        """
        message = read_body(request, DtsGoJob).given()
        dts_go.update_from_dts_go(self.job(job_id), message, actor=self.actor, now=now())
        return Response(dts_go.dts_go_answer(job_with_status(job_id, self.actor)))

    @operation(TAG, "DeleteJob", answer=DtsGoSuccess, operation_id="dts_go_delete")
    def delete(self, request: Request, job_id: uuid.UUID) -> Response:
        """One that has run is archived."""
        archive_job(self.job(job_id), actor=self.actor, now=now())
        return Response({"success": True})


class ScheduledJobs(Messages):
    """`/v1/scheduler/jobs`"""

    reads = "beatwright.view_job"

    @operation(
        TAG,
        "ListScheduledJobs",
        query=DtsGoScheduledQuery,
        answer=DtsGoScheduledPage,
        operation_id="dts_go_list_scheduled",
    )
    def get(self, request: Request) -> Response:
        """Those that are not paused."""
        query = read_query(request, DtsGoScheduledQuery)
        after = read_id(query.page_token, "page_token")
        page, following = split(
            told_page(actor=self.actor, status=ACTIVE, after=after, limit=query.page_size + 1),
            query.page_size,
        )
        jobs = [dts_go.scheduled(each.job) for each in page]
        return Response(
            {
                "jobs": jobs,
                "next_page_token": following,
                "total_count": told_count(actor=self.actor, status=ACTIVE),
            }
        )

    @operation(
        TAG,
        "ScheduleJob",
        body=DtsGoSchedule,
        answer={201: DtsGoScheduleId},
        operation_id="dts_go_schedule",
    )
    @idempotent()
    def post(self, request: Request) -> Response:
        """A job with an id is resumed and takes the resources; one without is made."""
        body = read_body(request, DtsGoSchedule)
        message = body.job.given() | {"resource_requirements": body.resource_requirements.given()}
        job_id = read_id(body.job.id, "job.id")
        job = dts_go.schedule(
            self.job(job_id) if job_id else None, message, actor=self.actor, now=now()
        )
        return Response({"schedule_id": str(job.pk)}, status=201)


class OneScheduledJob(Messages):
    """`/v1/scheduler/jobs/{job_id}`"""

    reads = "beatwright.view_job"

    @operation(TAG, "GetScheduledJob", answer=DtsGoScheduled, operation_id="dts_go_get_scheduled")
    def get(self, request: Request, job_id: uuid.UUID) -> Response:
        """`next_execution_time` is empty where there is none."""
        return Response(dts_go.scheduled(self.job(job_id)))

    @operation(TAG, "CancelJob", answer=DtsGoSuccess, operation_id="dts_go_cancel")
    def delete(self, request: Request, job_id: uuid.UUID) -> Response:
        """The job is paused, and what it has begun is stopped."""
        cancel_job(self.job(job_id), actor=self.actor, now=now())
        return Response({"success": True})


urlpatterns = [
    path("v1/jobs", JobsOfDtsGo.as_view()),
    path("v1/jobs/<uuid:job_id>", JobOfDtsGo.as_view()),
    path("v1/scheduler/jobs", ScheduledJobs.as_view()),
    path("v1/scheduler/jobs/<uuid:job_id>", OneScheduledJob.as_view()),
]
