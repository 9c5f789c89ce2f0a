"""distributed-job-scheduler at ``/jobs``."""

from __future__ import annotations

import uuid

from django.urls import path
from django.utils.timezone import now
from rest_framework.request import Request
from rest_framework.response import Response

from jobs.actions.jobs import archive_job
from jobs.api.compat.older import OlderSystem
from jobs.api.compat.paging import read_id, split
from jobs.api.idempotency import idempotent
from jobs.api.reading import read_body, read_query
from jobs.api.schema import operation
from jobs.api.shapes.compat.distributed_job_scheduler import (
    DistributedJob,
    DistributedJobAnswer,
    DistributedJobPage,
    DistributedJobPatch,
    DistributedJobQuery,
)
from jobs.compat import distributed_job_scheduler
from jobs.compat.status import job_with_status, told_page

TAG = "distributed-job-scheduler"


class JobsOfDistributedJobScheduler(OlderSystem):
    """`/jobs`"""

    words = distributed_job_scheduler.WORDS_FOR
    reads = "beatwright.view_job"

    @operation(
        TAG,
        "List jobs",
        query=DistributedJobQuery,
        answer=DistributedJobPage,
        operation_id="distributed_job_list",
    )
    def get(self, request: Request) -> Response:
        """By id, the oldest first."""
        query = read_query(request, DistributedJobQuery)
        wanted = {"status": (query.status or "").upper(), "task": query.type}
        page, following = split(
            told_page(
                actor=self.actor,
                **wanted,
                after=read_id(query.last_id, "last_id"),
                limit=query.limit + 1,
            ),
            query.limit,
        )
        return Response(
            {
                "jobs": [
                    self.shown(distributed_job_scheduler.distributed_job_scheduler_answer(job))
                    for job in page
                ],
                "next": following or None,
            }
        )

    @operation(
        TAG,
        "Create a job",
        body=DistributedJob,
        answer={201: DistributedJobAnswer},
        operation_id="distributed_job_create",
    )
    @idempotent()
    def post(self, request: Request) -> Response:
        """`type` names the task, `payload` holds its params."""
        job = distributed_job_scheduler.create_from_distributed_job_scheduler(
            read_body(request, DistributedJob).given(), actor=self.actor, now=now()
        )
        return Response(
            self.shown(
                distributed_job_scheduler.distributed_job_scheduler_answer(
                    job_with_status(job.pk, self.actor)
                )
            ),
            status=201,
        )


class JobOfDistributedJobScheduler(OlderSystem):
    """`/jobs/{id}`"""

    words = distributed_job_scheduler.WORDS_FOR
    reads = "beatwright.view_job"

    @operation(TAG, "Get a job", answer=DistributedJobAnswer, operation_id="distributed_job_get")
    def get(self, request: Request, job_id: uuid.UUID) -> Response:
        """With its status."""
        return Response(
            self.shown(
                distributed_job_scheduler.distributed_job_scheduler_answer(
                    job_with_status(job_id, self.actor)
                )
            )
        )

    @operation(
        TAG,
        "Patch a job",
        body=DistributedJobPatch,
        answer=DistributedJobAnswer,
        operation_id="distributed_job_patch",
    )
    def patch(self, request: Request, job_id: uuid.UUID) -> Response:
        """What is left out stays as it is; `status` is a verb."""
        message = read_body(request, DistributedJobPatch).given()
        distributed_job_scheduler.update_from_distributed_job_scheduler(
            self.job(job_id), message, actor=self.actor, now=now()
        )
        return Response(
            self.shown(
                distributed_job_scheduler.distributed_job_scheduler_answer(
                    job_with_status(job_id, self.actor)
                )
            )
        )

    @operation(TAG, "Delete a job", answer={204: None}, operation_id="distributed_job_delete")
    def delete(self, request: Request, job_id: uuid.UUID) -> Response:
        """One that has run is archived."""
        archive_job(self.job(job_id), actor=self.actor, now=now())
        return Response(status=204)


urlpatterns = [
    path("jobs", JobsOfDistributedJobScheduler.as_view()),
    path("jobs/<uuid:job_id>", JobOfDistributedJobScheduler.as_view()),
]
