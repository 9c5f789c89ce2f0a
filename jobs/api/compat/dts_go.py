"""DTS-Go at ``/v1``: what its grpc-gateway answers, by the same methods as over gRPC."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from typing import Any, ClassVar, TypeVar

from django.urls import path
from django.utils.timezone import now
from google.protobuf.message import Message
from rest_framework.request import Request
from rest_framework.response import Response

from jobs.api.compat.older import OlderSystem, with_warnings
from jobs.api.idempotency import idempotent
from jobs.api.reading import words_of_query
from jobs.api.schema import operation
from jobs.api.shapes.compat import dts_go as shapes
from jobs.compat.dts_go import execution_service, job_service, scheduler_service
from jobs.compat.dts_go.asking import Call
from jobs.compat.dts_go.gateway import read_message, shown_message
from jobs.compat.dts_go.jobs import WORDS_FOR
from jobs.compat.dts_go.protos import execution_pb2, job_pb2, scheduler_pb2

TAG = "DTS-Go"
IGNORED = "{} is not for the caller to set, and is ignored"
# gRPC's codes by the status of a problem, as the gateway's clients read them beside it.
CODES = {400: 3, 422: 3, 401: 16, 403: 7, 404: 5, 405: 12, 409: 10, 412: 10, 429: 8, 503: 14}
UNKNOWN = 2

Asked = TypeVar("Asked", bound=Message)


class Gateway(OlderSystem):
    """An address whose request is a message, and whose answer is one."""

    words = WORDS_FOR
    reads: ClassVar[str] = "beatwright.view_job"

    def problem_beside(self, problem: Mapping[str, Any]) -> dict[str, Any]:
        """What the gateway's own errors hold."""
        return {
            "code": CODES.get(problem["status"], UNKNOWN),
            "message": problem["detail"],
            "details": [],
        }

    def called(
        self,
        method: Callable[[Asked, Call], Message],
        kind: type[Asked],
        sent: object,
        **from_path: uuid.UUID,
    ) -> Response:
        """The answer of one method to what was sent, and to what the address names."""
        names = {name: str(value) for name, value in from_path.items()}
        received = read_message(kind, sent, **names)
        answer = method(received.message, Call(self.actor, now()))
        return with_warnings(Response(shown_message(answer)), map(IGNORED.format, received.ignored))


class JobsOfDtsGo(Gateway):
    """`/v1/jobs`"""

    @operation(
        TAG,
        "ListJobs",
        query=shapes.DtsGoQuery,
        answer=shapes.DtsGoPage,
        operation_id="dts_go_list",
    )
    def get(self, request: Request) -> Response:
        """By id, the oldest first."""
        return self.called(job_service.list_jobs, job_pb2.ListJobsRequest, words_of_query(request))

    @operation(
        TAG,
        "CreateJob",
        body=shapes.DtsGoJob,
        answer=shapes.DtsGoCreated,
        operation_id="dts_go_create",
    )
    @idempotent()
    def post(self, request: Request) -> Response:
        """`metadata` names the task and its params; else it is the params of the default task."""
        return self.called(job_service.create_job, job_pb2.CreateJobRequest, request.data)


class JobOfDtsGo(Gateway):
    """`/v1/jobs/{id}`"""

    @operation(TAG, "GetJob", answer=shapes.DtsGoAnswer, operation_id="dts_go_get")
    def get(self, request: Request, job_id: uuid.UUID) -> Response:
        """With its status, its last and its next run."""
        return self.called(
            job_service.get_job, job_pb2.GetJobRequest, words_of_query(request), id=job_id
        )

    @operation(
        TAG,
        "UpdateJob",
        body=shapes.DtsGoJob,
        answer=shapes.DtsGoAnswer,
        operation_id="dts_go_update",
    )
    def put(self, request: Request, job_id: uuid.UUID) -> Response:
        """Zero values mean unchanged; `status` is a verb: PAUSED pauses, CANCELLED cancels,
        SCHEDULED resumes.
        """
        return self.called(
            job_service.update_job, job_pb2.UpdateJobRequest, request.data, id=job_id
        )

    @operation(TAG, "DeleteJob", answer=shapes.DtsGoSuccess, operation_id="dts_go_delete")
    def delete(self, request: Request, job_id: uuid.UUID) -> Response:
        """One that has run is archived."""
        return self.called(job_service.delete_job, job_pb2.DeleteJobRequest, {}, id=job_id)


class ScheduledJobs(Gateway):
    """`/v1/scheduler/jobs`"""

    @operation(
        TAG,
        "ListScheduledJobs",
        query=shapes.DtsGoScheduledQuery,
        answer=shapes.DtsGoScheduledPage,
        operation_id="dts_go_list_scheduled",
    )
    def get(self, request: Request) -> Response:
        """Those that are not paused."""
        wanted = words_of_query(request)
        return self.called(
            scheduler_service.list_scheduled_jobs, scheduler_pb2.ListScheduledJobsRequest, wanted
        )

    @operation(
        TAG,
        "ScheduleJob",
        body=shapes.DtsGoSchedule,
        answer=shapes.DtsGoScheduleId,
        operation_id="dts_go_schedule",
    )
    @idempotent()
    def post(self, request: Request) -> Response:
        """A job with an id is resumed and takes the resources; one without is made."""
        return self.called(
            scheduler_service.schedule_job, scheduler_pb2.ScheduleJobRequest, request.data
        )


class OneScheduledJob(Gateway):
    """`/v1/scheduler/jobs/{job_id}`"""

    @operation(
        TAG, "GetScheduledJob", answer=shapes.DtsGoScheduled, operation_id="dts_go_get_scheduled"
    )
    def get(self, request: Request, job_id: uuid.UUID) -> Response:
        """`nextExecutionTime` is empty where there is none; of a cancelled job, 404."""
        wanted = words_of_query(request)
        asked = scheduler_pb2.GetScheduledJobRequest
        return self.called(scheduler_service.get_scheduled_job, asked, wanted, job_id=job_id)

    @operation(TAG, "CancelJob", answer=shapes.DtsGoSuccess, operation_id="dts_go_cancel")
    def delete(self, request: Request, job_id: uuid.UUID) -> Response:
        """The job is paused, and what it has begun is stopped."""
        return self.called(
            scheduler_service.cancel, scheduler_pb2.CancelJobRequest, {}, job_id=job_id
        )


class ExecutionList(Gateway):
    """`/v1/executions`"""

    reads = "beatwright.view_run"

    @operation(
        TAG,
        "ListExecutions",
        query=shapes.DtsGoExecutionsQuery,
        answer=shapes.DtsGoExecutionPage,
        operation_id="dts_go_list_executions",
    )
    def get(self, request: Request) -> Response:
        """The newest first."""
        wanted = words_of_query(request)
        return self.called(
            execution_service.list_executions, execution_pb2.ListExecutionsRequest, wanted
        )


class OneExecution(Gateway):
    """`/v1/executions/{id}`"""

    reads = "beatwright.view_run"

    @operation(
        TAG, "GetExecution", answer=shapes.DtsGoExecution, operation_id="dts_go_get_execution"
    )
    def get(self, request: Request, run_id: uuid.UUID) -> Response:
        """Its result as JSON, or its error."""
        wanted = words_of_query(request)
        return self.called(
            execution_service.get_execution, execution_pb2.GetExecutionRequest, wanted, id=run_id
        )


urlpatterns = [
    path("v1/jobs", JobsOfDtsGo.as_view()),
    path("v1/jobs/<uuid:job_id>", JobOfDtsGo.as_view()),
    path("v1/scheduler/jobs", ScheduledJobs.as_view()),
    path("v1/scheduler/jobs/<uuid:job_id>", OneScheduledJob.as_view()),
    path("v1/executions", ExecutionList.as_view()),
    path("v1/executions/<uuid:run_id>", OneExecution.as_view()),
]
