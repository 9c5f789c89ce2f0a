"""job.v1.JobService."""

from __future__ import annotations

import json

from google.protobuf.json_format import ParseDict

from jobs.actions.jobs import archive_job
from jobs.compat.cancelling import cancel_job
from jobs.compat.dts_go import jobs as dts_go
from jobs.compat.dts_go.asking import Call, Method
from jobs.compat.dts_go.protos import job_pb2 as pb
from jobs.compat.dts_go.reading import cursor, given, job_of, page_size
from jobs.compat.status import JobWithStatus, job_with_status, told_count, told_page

SENT = ("name", "description", "cron_expression", "priority", "max_retries", "timeout", "status")


def create_job(request: pb.CreateJobRequest, call: Call) -> pb.CreateJobResponse:
    job = dts_go.create(message_of(request), actor=call.actor, now=call.now)
    return pb.CreateJobResponse(job_id=str(job.pk))


def get_job(request: pb.GetJobRequest, call: Call) -> pb.JobResponse:
    call.actor.require("beatwright.view_job")
    return _told(job_with_status(job_of(request.id, "id", call).pk, call.actor), call)


def list_jobs(request: pb.ListJobsRequest, call: Call) -> pb.ListJobsResponse:
    """By id, the oldest first."""
    call.actor.require("beatwright.view_job")
    status, limit = dts_go.read_filter(request.status), page_size(request.page_size)
    found = told_page(
        actor=call.actor, status=status, after=cursor(request.last_id, "last_id"), limit=limit + 1
    )
    page = found[:limit]
    return pb.ListJobsResponse(
        jobs=[_told(job, call) for job in page],
        total=told_count(actor=call.actor, status=status),
        next_page=str(page[-1].job.pk) if len(found) > limit else "",
    )


def update_job(request: pb.UpdateJobRequest, call: Call) -> pb.JobResponse:
    job = job_of(request.id, "id", call)
    dts_go.update(job, message_of(request), actor=call.actor, now=call.now)
    return _told(job_with_status(job.pk, call.actor), call)


def delete_job(request: pb.DeleteJobRequest, call: Call) -> pb.DeleteJobResponse:
    archive_job(job_of(request.id, "id", call), actor=call.actor, now=call.now)
    return pb.DeleteJobResponse(success=True)


def cancel(request: pb.CancelJobRequest, call: Call) -> pb.CancelJobResponse:
    done = cancel_job(job_of(request.id, "id", call), actor=call.actor, now=call.now)
    message = f"paused; runs cancelled: {done.cancelled}, asked to stop: {done.requested}"
    return pb.CancelJobResponse(success=True, message=message)


def message_of(
    request: pb.CreateJobRequest | pb.UpdateJobRequest | pb.JobResponse,
) -> dict[str, object]:
    """What was sent of a job, under the names of DTS-Go."""
    return {**given(request, SENT), "metadata": dict(request.metadata)}


def _told(job: JobWithStatus, call: Call) -> pb.JobResponse:
    row = dts_go.response(job)
    texts = {
        key: value if isinstance(value, str) else json.dumps(value)
        for key, value in row["metadata"].items()
    }
    return ParseDict(row | {"metadata": texts}, pb.JobResponse())


METHODS: dict[str, Method] = {
    "CreateJob": create_job,
    "GetJob": get_job,
    "ListJobs": list_jobs,
    "UpdateJob": update_job,
    "DeleteJob": delete_job,
    "CancelJob": cancel,
}
