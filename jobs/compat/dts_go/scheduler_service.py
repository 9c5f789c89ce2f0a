"""scheduler.v1.SchedulerService."""

from __future__ import annotations

from google.protobuf.json_format import ParseDict

from jobs.compat.cancelling import cancel_job
from jobs.compat.dts_go import jobs as dts_go
from jobs.compat.dts_go.asking import Call, Method
from jobs.compat.dts_go.job_service import message_of
from jobs.compat.dts_go.protos import scheduler_pb2 as pb
from jobs.compat.dts_go.reading import cursor, given, job_of, page_size
from jobs.compat.status import ACTIVE, CANCELLED_REASON, told_count, told_page
from jobs.errors import JobNotFound
from jobs.models import Job

RESOURCES = ("cpu", "memory", "storage")


def schedule_job(request: pb.ScheduleJobRequest, call: Call) -> pb.ScheduleJobResponse:
    job = job_of(request.job.id, "job.id", call) if request.job.id else None
    resources = given(request.resource_requirements, RESOURCES)
    message = message_of(request.job) | {"resource_requirements": resources}
    scheduled = dts_go.schedule(job, message, actor=call.actor, now=call.now)
    return pb.ScheduleJobResponse(schedule_id=str(scheduled.pk))


def cancel(request: pb.CancelJobRequest, call: Call) -> pb.CancelJobResponse:
    cancel_job(job_of(request.job_id, "job_id", call), actor=call.actor, now=call.now)
    return pb.CancelJobResponse(success=True)


def get_scheduled_job(request: pb.GetScheduledJobRequest, call: Call) -> pb.GetScheduledJobResponse:
    """Of a job that was cancelled there is none, as there; of one that is paused, no time."""
    call.actor.require("beatwright.view_job")
    job = job_of(request.job_id, "job_id", call)
    if not job.enabled and job.paused_reason == CANCELLED_REASON:
        raise JobNotFound("the job is cancelled, and not scheduled", field="job_id")
    return _scheduled(job)


def list_scheduled_jobs(
    request: pb.ListScheduledJobsRequest, call: Call
) -> pb.ListScheduledJobsResponse:
    """By id, the oldest first."""
    call.actor.require("beatwright.view_job")
    limit, after = page_size(request.page_size), cursor(request.page_token, "page_token")
    found = told_page(actor=call.actor, status=ACTIVE, after=after, limit=limit + 1)
    page = [each.job for each in found[:limit]]
    return pb.ListScheduledJobsResponse(
        jobs=[_scheduled(job) for job in page],
        next_page_token=str(page[-1].pk) if len(found) > limit else "",
        total_count=told_count(actor=call.actor, status=ACTIVE),
    )


def _scheduled(job: Job) -> pb.GetScheduledJobResponse:
    return ParseDict(dts_go.scheduled(job), pb.GetScheduledJobResponse())


METHODS: dict[str, Method] = {
    "ScheduleJob": schedule_job,
    "CancelJob": cancel,
    "GetScheduledJob": get_scheduled_job,
    "ListScheduledJobs": list_scheduled_jobs,
}
