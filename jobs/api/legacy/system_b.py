"""System B at ``/jobs``."""

from __future__ import annotations

import uuid

from django.urls import path
from django.utils.timezone import now
from rest_framework.request import Request
from rest_framework.response import Response

from jobs.actions.jobs import archive_job
from jobs.api.idempotency import idempotent
from jobs.api.legacy.paging import read_id, split
from jobs.api.reading import read_body, read_query
from jobs.api.schema import operation
from jobs.api.shapes.older import BAnswer, BJob, BPage, BPatch, BQuery
from jobs.api.views.resource import Resource
from jobs.legacy import system_b
from jobs.legacy.status import told, told_page

TAG = "system B"


class Jobs(Resource):
    """`/jobs`"""

    words = system_b.WORDS_FOR
    reads = "jobs.view_job"

    @operation(TAG, "List jobs", query=BQuery, answer=BPage, operation_id="b_list")
    def get(self, request: Request) -> Response:
        """By id, the oldest first."""
        query = read_query(request, BQuery)
        wanted = {"status": (query.status or "").upper(), "task": query.type}
        page, following = split(
            told_page(actor=self.actor, **wanted, after=read_id(query.last_id, "last_id"), limit=query.limit + 1),
            query.limit,
        )
        return Response({"jobs": [self.shown(system_b.response(job)) for job in page], "next": following or None})

    @operation(TAG, "Create a job", body=BJob, answer={201: BAnswer}, operation_id="b_create")
    @idempotent()
    def post(self, request: Request) -> Response:
        """`type` names the task, `payload` holds its params."""
        job = system_b.create(read_body(request, BJob).given(), actor=self.actor, now=now())
        return Response(self.shown(system_b.response(told(job.pk, self.actor))), status=201)


class OneJob(Resource):
    """`/jobs/{id}`"""

    words = system_b.WORDS_FOR
    reads = "jobs.view_job"

    @operation(TAG, "Get a job", answer=BAnswer, operation_id="b_get")
    def get(self, request: Request, job_id: uuid.UUID) -> Response:
        """With its status."""
        return Response(self.shown(system_b.response(told(job_id, self.actor))))

    @operation(TAG, "Patch a job", body=BPatch, answer=BAnswer, operation_id="b_patch")
    def patch(self, request: Request, job_id: uuid.UUID) -> Response:
        """What is left out stays as it is; `status` is a verb."""
        message = read_body(request, BPatch).given()
        system_b.update(self.job(job_id), message, actor=self.actor, now=now())
        return Response(self.shown(system_b.response(told(job_id, self.actor))))

    @operation(TAG, "Delete a job", answer={204: None}, operation_id="b_delete")
    def delete(self, request: Request, job_id: uuid.UUID) -> Response:
        """One that has run is archived."""
        archive_job(self.job(job_id), actor=self.actor, now=now())
        return Response(status=204)


urlpatterns = [path("jobs", Jobs.as_view()), path("jobs/<uuid:job_id>", OneJob.as_view())]
