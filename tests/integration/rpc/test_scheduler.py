"""scheduler.v1.SchedulerService: jobs with the resources they need."""

from __future__ import annotations

import uuid

import pytest

from jobs.models import Job
from tests.support.builders import make_job, make_pool, make_run
from tests.support.dts_go import Client

SAMPLE = {"name": "backup", "cron_expression": "0 2 * * *", "metadata": {"path": "/srv"}}


def test_a_job_is_scheduled_with_resources_listed_and_cancelled(client: Client) -> None:
    wanted = {"cpu": 2, "memory": 512}
    job_id = client.call(
        "SchedulerService.ScheduleJob", job=SAMPLE, resource_requirements=wanted
    ).schedule_id
    assert Job.objects.get(pk=job_id).resources == wanted
    told = client.call("SchedulerService.GetScheduledJob", job_id=job_id)
    needs = told.resource_requirements
    assert (told.job_id, needs.cpu, needs.memory, needs.storage) == (job_id, 2, 512, 0)
    assert told.next_execution_time.endswith("T02:00:00Z")
    page = client.call("SchedulerService.ListScheduledJobs")
    assert (list(page.jobs), page.total_count, page.next_page_token) == ([told], 1, "")
    make_run(Job.objects.get())
    assert client.call("SchedulerService.CancelJob", job_id=job_id).success
    code, _ = client.refusal("SchedulerService.GetScheduledJob", job_id=job_id)
    assert code == "NOT_FOUND"
    assert client.call("SchedulerService.ListScheduledJobs").total_count == 0
    assert (
        client.call("ExecutionService.ListExecutions", job_id=job_id).executions[0].status
        == "CANCELLED"
    )


def test_a_job_that_there_is_is_resumed_and_takes_the_resources(client: Client) -> None:
    job = make_job(enabled=False)
    told = client.call("JobService.GetJob", id=str(job.pk))
    whole = {field.name: value for field, value in told.ListFields()} | {
        "metadata": dict(told.metadata)
    }
    answer = client.call(
        "SchedulerService.ScheduleJob", job=whole, resource_requirements={"cpu": 1}
    )
    assert answer.schedule_id == str(job.pk)
    before, job = job, Job.objects.get()
    assert (job.enabled, job.resources) == (True, {"cpu": 1})
    assert (job.name, job.task, job.params, job.schedule) == (
        before.name,
        "EchoTask",
        {},
        before.schedule,
    )


def test_scheduled_jobs_are_walked_by_their_token(client: Client) -> None:
    jobs = [str(make_job().pk) for _ in range(3)]
    make_job(enabled=False)
    first = client.call("SchedulerService.ListScheduledJobs", page_size=2)
    assert ([job.job_id for job in first.jobs], first.total_count) == (jobs[:2], 3)
    rest = client.call(
        "SchedulerService.ListScheduledJobs", page_size=2, page_token=first.next_page_token
    )
    assert ([job.job_id for job in rest.jobs], rest.next_page_token) == (jobs[2:], "")


def test_what_was_cancelled_is_scheduled_again_and_what_is_paused_has_no_time(
    client: Client,
) -> None:
    job_id = client.call("SchedulerService.ScheduleJob", job=SAMPLE).schedule_id
    client.call("SchedulerService.CancelJob", job_id=job_id)
    client.call("SchedulerService.ScheduleJob", job={"id": job_id})
    assert client.call("SchedulerService.GetScheduledJob", job_id=job_id).next_execution_time
    paused = str(make_job(enabled=False).pk)
    assert client.call("SchedulerService.GetScheduledJob", job_id=paused).next_execution_time == ""


@pytest.mark.parametrize("method", ["CancelJob", "GetScheduledJob"])
def test_an_id_that_no_job_has_is_not_found(client: Client, method: str) -> None:
    assert client.refusal(f"SchedulerService.{method}", job_id=str(uuid.uuid4()))[0] == "NOT_FOUND"
    assert client.refusal(f"SchedulerService.{method}") == (
        "INVALID_ARGUMENT",
        "job_id: is required",
    )


def test_resources_beyond_the_default_pool_are_refused(client: Client) -> None:
    make_pool("default", cpu=8)
    code, details = client.refusal(
        "SchedulerService.ScheduleJob", job=SAMPLE, resource_requirements={"cpu": 9}
    )
    assert (code, details) == (
        "INVALID_ARGUMENT",
        "resource_requirements: needs 9 cpu, the pool default has 8",
    )
    assert client.call(
        "SchedulerService.ScheduleJob", job=SAMPLE, resource_requirements={"cpu": 8}
    ).schedule_id


def test_what_cannot_be_scheduled_names_the_field(client: Client) -> None:
    unknown = client.refusal("SchedulerService.ScheduleJob", job={"id": str(uuid.uuid4())})
    assert unknown[0] == "NOT_FOUND"
    for fields, text in (
        ({"job": SAMPLE | {"cron_expression": "x"}}, "cron_expression: "),
        ({"job": SAMPLE | {"cron_expression": ""}}, "cron_expression: is required"),
        ({"job": SAMPLE, "resource_requirements": {"cpu": -1}}, "resource_requirements: "),
    ):
        code, details = client.refusal("SchedulerService.ScheduleJob", **fields)
        assert (code, details[: len(text)]) == ("INVALID_ARGUMENT", text)
    code, details = client.refusal("SchedulerService.ListScheduledJobs", page_token="x")
    assert (code, details) == ("INVALID_ARGUMENT", "page_token: 'x' is not an id")
    assert not Job.objects.exists()
