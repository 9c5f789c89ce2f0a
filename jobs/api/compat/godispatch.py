"""GoDispatch at ``/api/v1/tasks``, ``/api/v1/health`` and ``/api/v1/system``."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from django.urls import path, re_path
from django.utils.timezone import now
from rest_framework.request import Request
from rest_framework.response import Response

from jobs.api.compat.older import OlderSystem, with_warnings
from jobs.api.idempotency import idempotent
from jobs.api.reading import read_body, read_query
from jobs.api.schema import operation
from jobs.api.shapes.compat import godispatch as shapes
from jobs.api.views.nothing import NothingOlder
from jobs.compat.godispatch import history, system, tasks
from jobs.compat.status import Listed, job_with_status, told_count, told_slice

TAG = "GoDispatch"


class OfTasks(OlderSystem):
    """An address of its tasks."""

    words = tasks.WORDS_FOR
    reads = "beatwright.view_job"

    def done(
        self, job_id: uuid.UUID, message: str, warnings: Sequence[str], status: int = 200
    ) -> Response:
        """The task as it is now, and what was done."""
        told_as = {"message": message, "warning": "; ".join(warnings)}
        row = self.shown(tasks.task_fields(job_with_status(job_id, self.actor))) | told_as
        return with_warnings(Response(row, status=status), warnings)


class TasksOfGoDispatch(OfTasks):
    """`tasks`"""

    @operation(
        TAG,
        "List tasks",
        query=shapes.GoDispatchQuery,
        answer=shapes.GoDispatchPage,
        operation_id="godispatch_list",
    )
    def get(self, request: Request) -> Response:
        """The newest first, unless `sort` and `order` say otherwise."""
        query = read_query(request, shapes.GoDispatchQuery)
        status = (query.status or "").upper()
        listed = Listed(
            query.sort, descending=query.order == "desc", offset=query.offset, limit=query.limit
        )
        rows = [
            self.shown(tasks.task_fields(each))
            for each in told_slice(listed, actor=self.actor, status=status)
        ]
        total = told_count(actor=self.actor, status=status)
        return Response(
            {"tasks": rows, "total": total, "limit": query.limit, "offset": query.offset}
        )

    @operation(
        TAG,
        "Create a task",
        body=shapes.GoDispatchTask,
        answer={201: shapes.GoDispatchDone},
        operation_id="godispatch_create",
    )
    @idempotent()
    def post(self, request: Request) -> Response:
        """A one-time task whose start is past runs once, now, with a `warning`."""
        body = read_body(request, shapes.GoDispatchTask)
        job, warnings = tasks.create_task(body.given(), actor=self.actor, now=now())
        return self.done(job.pk, "task created", warnings, 201)


class TaskOfGoDispatch(OfTasks):
    """`tasks/{id}`"""

    @operation(TAG, "Get a task", answer=shapes.GoDispatchAnswer, operation_id="godispatch_get")
    def get(self, request: Request, job_id: uuid.UUID) -> Response:
        """With its status."""
        return Response(self.shown(tasks.task_fields(job_with_status(job_id, self.actor))))

    @operation(
        TAG,
        "Change a task",
        body=shapes.GoDispatchChange,
        answer=shapes.GoDispatchDone,
        operation_id="godispatch_change",
    )
    def put(self, request: Request, job_id: uuid.UUID) -> Response:
        """What is left out stays as it is.

        Nothing, or the status `cancelled`, cancels it, as it did there.
        """
        message = read_body(request, shapes.GoDispatchChange).given()
        warnings = tasks.change_task(self.job(job_id), message, actor=self.actor, now=now())
        return self.done(
            job_id, "task updated" if message.keys() - {"status"} else "task cancelled", warnings
        )

    @operation(
        TAG, "Cancel a task", answer=shapes.GoDispatchCancelled, operation_id="godispatch_cancel"
    )
    def delete(self, request: Request, job_id: uuid.UUID) -> Response:
        """It runs no more, and what it has begun is stopped.

        One that has ended: 409, and it stays as it is.
        """
        tasks.end_task(self.job(job_id), actor=self.actor, now=now())
        return Response({"id": str(job_id), "status": "cancelled", "message": "task cancelled"})


class TaskResult(OfTasks):
    """`tasks/{id}/result`"""

    reads = "beatwright.view_run"

    @operation(
        TAG, "Get a task's result", answer=shapes.GoDispatchResult, operation_id="godispatch_result"
    )
    def get(self, request: Request, job_id: uuid.UUID) -> Response:
        """Of its newest run."""
        return Response(self.shown(history.result(job_with_status(job_id, self.actor))))


class TaskHistory(OfTasks):
    """`tasks/{id}/history`"""

    reads = "beatwright.view_run"

    @operation(
        TAG,
        "List a task's executions",
        query=shapes.GoDispatchHistoryQuery,
        answer=shapes.GoDispatchHistory,
        operation_id="godispatch_history",
    )
    def get(self, request: Request, job_id: uuid.UUID) -> Response:
        """The newest first."""
        limit = read_query(request, shapes.GoDispatchHistoryQuery).limit
        rows = history.executions(self.job(job_id), actor=self.actor, limit=limit)
        return Response({"task_id": str(job_id), "history": rows})


class SystemHealth(OlderSystem):
    """`health`"""

    reads = "beatwright.view_job"

    @operation(
        TAG,
        "Look whether it works",
        answer=shapes.GoDispatchHealth,
        operation_id="godispatch_health",
    )
    def get(self, request: Request) -> Response:
        """Whether requests are answered and the database is there; `/healthz` looks at the rest."""
        found = system.system_health()
        return Response(found, status=200 if found["status"] == system.OK else 503)


class SystemMetrics(OlderSystem):
    """`system/metrics`"""

    reads = "beatwright.view_run"

    @operation(
        TAG, "Read the figures", answer=shapes.GoDispatchMetrics, operation_id="godispatch_metrics"
    )
    def get(self, request: Request) -> Response:
        """Those of the dashboard; for Prometheus there is `/metrics`."""
        return Response(system.system_figures(actor=self.actor, now=now()))


class SystemWorkers(OlderSystem):
    """`system/workers`"""

    reads = "beatwright.view_worker"

    @operation(
        TAG, "List the workers", answer=shapes.GoDispatchWorkers, operation_id="godispatch_workers"
    )
    def get(self, request: Request) -> Response:
        """Those that live."""
        found = system.system_workers(now=now())
        return Response({"workers": found, "total": len(found)})


urlpatterns = [
    path("tasks", TasksOfGoDispatch.as_view()),
    path("tasks/<uuid:job_id>", TaskOfGoDispatch.as_view()),
    path("tasks/<uuid:job_id>/result", TaskResult.as_view()),
    path("tasks/<uuid:job_id>/history", TaskHistory.as_view()),
    path("health", SystemHealth.as_view()),
    path("system/metrics", SystemMetrics.as_view()),
    path("system/workers", SystemWorkers.as_view()),
    re_path(r"^(tasks|health|system)(/|$)", NothingOlder.as_view()),
]
