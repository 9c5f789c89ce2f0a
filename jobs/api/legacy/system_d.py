"""System D at ``/api/v1/tasks``."""

from __future__ import annotations

import uuid

from django.urls import path
from django.utils.timezone import now
from rest_framework.request import Request
from rest_framework.response import Response

from jobs.api.idempotency import idempotent
from jobs.api.reading import read_body
from jobs.api.schema import operation
from jobs.api.shapes.older import DAnswer, DCancelled, DResult, DTask
from jobs.api.views.resource import Resource
from jobs.legacy import system_d
from jobs.legacy.cancelling import cancel_job
from jobs.legacy.status import told

TAG = "system D"


class Tasks(Resource):
    """`tasks`"""

    words = system_d.WORDS_FOR

    @operation(TAG, "Create a task", body=DTask, answer={201: DAnswer}, operation_id="d_create")
    @idempotent()
    def post(self, request: Request) -> Response:
        """A one-time task whose start is past runs once, now, with a `warning`."""
        job, warning = system_d.create(read_body(request, DTask).given(), actor=self.actor, now=now())
        return Response(self.shown(system_d.response(told(job.pk, self.actor))) | {"warning": warning}, status=201)


class OneTask(Resource):
    """`tasks/{id}`"""

    words = system_d.WORDS_FOR
    reads = "jobs.view_job"

    @operation(TAG, "Get a task", answer=DAnswer, operation_id="d_get")
    def get(self, request: Request, job_id: uuid.UUID) -> Response:
        """With its status."""
        return Response(self.shown(system_d.response(told(job_id, self.actor))))

    @operation(TAG, "Cancel a task", answer=DCancelled, operation_id="d_cancel")
    def delete(self, request: Request, job_id: uuid.UUID) -> Response:
        """It runs no more, and what it has begun is stopped."""
        cancel_job(self.job(job_id), actor=self.actor, now=now())
        return Response({"id": str(job_id), "status": "cancelled"})


class TaskResult(Resource):
    """`tasks/{id}/result`"""

    words = system_d.WORDS_FOR
    reads = "jobs.view_run"

    @operation(TAG, "Get a task's result", answer=DResult, operation_id="d_result")
    def get(self, request: Request, job_id: uuid.UUID) -> Response:
        """Of its newest run."""
        return Response(self.shown(system_d.result(told(job_id, self.actor))))


urlpatterns = [
    path("tasks", Tasks.as_view()),
    path("tasks/<uuid:job_id>", OneTask.as_view()),
    path("tasks/<uuid:job_id>/result", TaskResult.as_view()),
]
