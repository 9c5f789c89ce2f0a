"""GoDispatch at ``/api/v1/tasks``."""

from __future__ import annotations

import uuid

from django.urls import path
from django.utils.timezone import now
from rest_framework.request import Request
from rest_framework.response import Response

from jobs.api.idempotency import idempotent
from jobs.api.reading import read_body
from jobs.api.schema import operation
from jobs.api.shapes.compat import (
    GoDispatchAnswer,
    GoDispatchCancelled,
    GoDispatchResult,
    GoDispatchTask,
)
from jobs.api.views.resource import Resource
from jobs.compat import godispatch
from jobs.compat.cancelling import cancel_job
from jobs.compat.status import job_with_status

TAG = "GoDispatch"


class TasksOfGoDispatch(Resource):
    """`tasks`"""

    words = godispatch.WORDS_FOR

    @operation(
        TAG,
        "Create a task",
        body=GoDispatchTask,
        answer={201: GoDispatchAnswer},
        operation_id="godispatch_create",
    )
    @idempotent()
    def post(self, request: Request) -> Response:
        """A one-time task whose start is past runs once, now, with a `warning`."""
        job, warning = godispatch.create_from_godispatch(
            read_body(request, GoDispatchTask).given(), actor=self.actor, now=now()
        )
        return Response(
            self.shown(godispatch.godispatch_answer(job_with_status(job.pk, self.actor)))
            | {"warning": warning},
            status=201,
        )


class TaskOfGoDispatch(Resource):
    """`tasks/{id}`"""

    words = godispatch.WORDS_FOR
    reads = "beatwright.view_job"

    @operation(TAG, "Get a task", answer=GoDispatchAnswer, operation_id="godispatch_get")
    def get(self, request: Request, job_id: uuid.UUID) -> Response:
        """With its status."""
        return Response(
            self.shown(godispatch.godispatch_answer(job_with_status(job_id, self.actor)))
        )

    @operation(TAG, "Cancel a task", answer=GoDispatchCancelled, operation_id="godispatch_cancel")
    def delete(self, request: Request, job_id: uuid.UUID) -> Response:
        """It runs no more, and what it has begun is stopped."""
        cancel_job(self.job(job_id), actor=self.actor, now=now())
        return Response({"id": str(job_id), "status": "cancelled"})


class TaskResult(Resource):
    """`tasks/{id}/result`"""

    words = godispatch.WORDS_FOR
    reads = "beatwright.view_run"

    @operation(
        TAG, "Get a task's result", answer=GoDispatchResult, operation_id="godispatch_result"
    )
    def get(self, request: Request, job_id: uuid.UUID) -> Response:
        """Of its newest run."""
        return Response(self.shown(godispatch.result(job_with_status(job_id, self.actor))))


urlpatterns = [
    path("tasks", TasksOfGoDispatch.as_view()),
    path("tasks/<uuid:job_id>", TaskOfGoDispatch.as_view()),
    path("tasks/<uuid:job_id>/result", TaskResult.as_view()),
]
