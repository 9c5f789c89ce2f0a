"""job.v1.JobService, called by a client that was generated from a .proto of its own."""

from __future__ import annotations

import json
import uuid
from typing import Any

import grpc
import pytest

from jobs.models import AuditEntry, Job, Run
from tests.support.builders import make_job, make_run
from tests.support.dts_go import Client

SAMPLE: dict[str, Any] = {
    "name": "backup",
    "description": "every night",
    "cron_expression": "0 2 * * *",
    "metadata": {"path": "/srv", "target": "s3"},
    "priority": 5,
    "max_retries": 3,
    "timeout": 600,
}
PENDING, SCHEDULED, RUNNING, COMPLETED, FAILED, PAUSED, CANCELLED, RETRYING = range(1, 9)


def create(client: Client, **changes: Any) -> str:
    return str(client.call("JobService.CreateJob", **(SAMPLE | changes)).job_id)


def test_its_documented_job_runs_the_default_task_with_its_metadata(client: Client) -> None:
    job = Job.objects.get(pk=create(client))
    assert (job.task, job.params, job.timeout_seconds) == ("EchoTask", SAMPLE["metadata"], 600)
    told = client.call("JobService.GetJob", id=str(job.pk))
    assert {name: getattr(told, name) for name in SAMPLE if name != "metadata"} | {
        "metadata": dict(told.metadata)
    } == SAMPLE
    assert (told.status, told.HasField("last_run")) == (SCHEDULED, False)
    assert (told.next_run.ToDatetime().hour, told.created_at.ToDatetime().date()) == (
        2,
        job.created_at.date(),
    )


def test_who_calls_without_a_token_is_named_in_the_audit(client: Client) -> None:
    create(client)
    entry = AuditEntry.objects.get()
    assert (entry.who, entry.surface, entry.address) == ("grpc:local", "grpc", "127.0.0.1")


def test_metadata_names_the_task_and_its_params(client: Client) -> None:
    metadata = {"task": "LogTask", "params": '{"message":"hi"}', "team": "ops"}
    job = Job.objects.get(pk=create(client, metadata=metadata))
    assert (job.task, job.params) == ("LogTask", {"message": "hi"})
    assert dict(client.call("JobService.GetJob", id=str(job.pk)).metadata) == metadata


def test_a_job_of_the_console_can_be_read_and_written_back_unchanged(client: Client) -> None:
    job = make_job(task="LogTask", params={"message": "hi"}, metadata={"ticket": 7, "team": "ops"})
    told = client.call("JobService.GetJob", id=str(job.pk))
    assert dict(told.metadata) == {
        "task": "LogTask",
        "params": '{"message": "hi"}',
        "ticket": "7",
        "team": "ops",
    }
    client.call(
        "JobService.UpdateJob",
        id=told.id,
        name=told.name,
        cron_expression=told.cron_expression,
        metadata=told.metadata,
    )
    job.refresh_from_db()
    assert (job.task, job.params, job.name) == ("LogTask", {"message": "hi"}, told.name)


def test_a_name_that_is_taken_gets_a_number(client: Client) -> None:
    create(client)
    create(client)
    assert set(Job.objects.values_list("name", flat=True)) == {"backup", "backup (2)"}


def test_a_job_may_be_made_paused(client: Client) -> None:
    told = client.call("JobService.GetJob", id=create(client, status=PAUSED))
    assert (told.status, told.HasField("next_run")) == (PAUSED, False)


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"metadata": {"task": "Nothing"}}, "metadata.task: "),
        ({"metadata": {"task": "LogTask", "params": "{"}}, "metadata.params: is not JSON"),
        ({"metadata": {"task": "LogTask", "params": "[1]"}}, "metadata.params: "),
        ({"metadata": {"task": "LogTask"}}, "metadata.params: message is required"),
        ({"metadata": {"password": "••••••"}}, "metadata: holds a masked secret"),
        ({"metadata": {"a": "\0"}}, "metadata"),
        ({"cron_expression": "61 * * * *"}, "cron_expression: minute: 61 is above 59"),
        ({"cron_expression": "* " * 5000}, "cron_expression: "),
        ({"timeout": -1}, "timeout: must be a whole number from 1"),
        ({"priority": 2_000_000_000}, "priority: "),
        ({"max_retries": -2_000_000_000}, "max_retries: "),
        ({"name": "a\0b"}, "name: control characters are not allowed"),
        ({"name": "x" * 300}, "name: must have 1 to 200"),
        ({"description": "\0"}, "description: "),
        ({"status": COMPLETED}, "status: COMPLETED is what becomes of a job"),
        ({"status": FAILED}, "status: FAILED is"),
        ({"status": 99}, "status: must be one of"),
        ({"status": -1}, "status: must be one of"),
    ],
    ids=str,
)
def test_what_cannot_be_done_is_an_invalid_argument_that_names_the_field(
    client: Client, change: dict[str, Any], text: str
) -> None:
    code, details = client.refusal("JobService.CreateJob", **(SAMPLE | change))
    assert (code, details[: len(text)]) == ("INVALID_ARGUMENT", text)
    assert not Job.objects.exists()


def test_an_unknown_task_is_answered_with_those_there_are(client: Client) -> None:
    _, details = client.refusal(
        "JobService.CreateJob", **(SAMPLE | {"metadata": {"task": "Nothing"}})
    )
    assert all(name in details for name in ("EchoTask", "LogTask", "InvoiceProcessor"))


@pytest.mark.parametrize("unknown", [str(uuid.UUID(int=7)), "7", "x" * 5000])
@pytest.mark.parametrize(
    "method",
    ["JobService.GetJob", "JobService.UpdateJob", "JobService.DeleteJob", "JobService.CancelJob"],
)
def test_an_id_that_no_job_has_is_not_found(client: Client, method: str, unknown: str) -> None:
    assert client.refusal(method, id=unknown)[0] == "NOT_FOUND"


def test_an_id_that_is_missing_is_an_invalid_argument(client: Client) -> None:
    assert client.refusal("JobService.GetJob") == ("INVALID_ARGUMENT", "id: is required")


def test_in_an_update_zero_means_unchanged(client: Client) -> None:
    job_id = create(client)
    told = client.call("JobService.UpdateJob", id=job_id, timeout=60, last_run={"seconds": 2**60})
    assert (told.name, told.priority, told.timeout, told.max_retries) == ("backup", 5, 60, 3)
    assert dict(told.metadata) == SAMPLE["metadata"]
    told = client.call(
        "JobService.UpdateJob",
        id=job_id,
        metadata={"task": "LogTask", "params": '{"message": "x"}'},
    )
    assert (told.name, Job.objects.get().task) == ("backup", "LogTask")


@pytest.mark.parametrize("resumes", [PENDING, SCHEDULED, RUNNING, RETRYING])
def test_in_an_update_the_status_is_a_verb(client: Client, resumes: int) -> None:
    job_id = create(client)
    assert client.call("JobService.UpdateJob", id=job_id, status=PAUSED).status == PAUSED
    assert client.call("JobService.UpdateJob", id=job_id, status=resumes).status == SCHEDULED
    make_run(Job.objects.get())
    assert client.call("JobService.UpdateJob", id=job_id, status=CANCELLED).status == CANCELLED
    assert Run.objects.get().state == "cancelled"
    assert (
        client.refusal("JobService.UpdateJob", id=job_id, status=COMPLETED)[0] == "INVALID_ARGUMENT"
    )


def test_an_update_that_is_refused_changes_nothing(client: Client) -> None:
    job_id = create(client)
    client.refusal(
        "JobService.UpdateJob", id=job_id, name="other", cron_expression="bogus", status=PAUSED
    )
    job = Job.objects.get()
    assert (job.name, job.enabled, job.version) == ("backup", True, 1)


def test_a_deleted_job_is_gone_and_one_that_has_run_is_archived(client: Client) -> None:
    fresh, ran = create(client), make_run(state="succeeded").job
    for job_id in (fresh, str(ran.pk)):
        assert client.call("JobService.DeleteJob", id=job_id).success
        assert client.refusal("JobService.GetJob", id=job_id)[0] == "NOT_FOUND"
    assert list(Job.objects.all()) == [ran]


def test_cancelling_pauses_the_job_and_stops_what_it_has_begun(client: Client) -> None:
    job = make_job()
    make_run(job)
    make_run(job, state="running")
    answer = client.call("JobService.CancelJob", id=str(job.pk))
    assert (answer.success, answer.message) == (True, "paused; runs cancelled: 1, asked to stop: 1")
    assert client.call("JobService.GetJob", id=str(job.pk)).status == CANCELLED


def test_jobs_are_walked_by_page_size_and_last_id(client: Client) -> None:
    jobs = [str(make_job(name=f"job {number}").pk) for number in range(3)]
    first = client.call("JobService.ListJobs", page_size=2)
    assert ([job.id for job in first.jobs], first.total, first.next_page) == (jobs[:2], 3, jobs[1])
    rest = client.call("JobService.ListJobs", page_size=2, last_id=first.next_page)
    assert ([job.id for job in rest.jobs], rest.total, rest.next_page) == (jobs[2:], 3, "")
    assert len(client.call("JobService.ListJobs", page_size=100_000).jobs) == 3


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({"page_size": -1}, "page_size: must not be negative"),
        ({"last_id": "soon"}, "last_id: 'soon' is not an id"),
        ({"status": "asleep"}, "status: must be one of UNSPECIFIED, PENDING"),
    ],
)
def test_a_list_that_cannot_be_made_names_the_field(
    client: Client, fields: dict[str, Any], text: str
) -> None:
    code, details = client.refusal("JobService.ListJobs", **fields)
    assert (code, details[: len(text)]) == ("INVALID_ARGUMENT", text)


@pytest.mark.parametrize("word", ["PAUSED", "paused", "JOB_STATUS_PAUSED"])
def test_a_list_may_ask_for_a_status(client: Client, word: str) -> None:
    paused, other = make_job(enabled=False), make_job()
    assert [job.id for job in client.call("JobService.ListJobs", status=word).jobs] == [
        str(paused.pk)
    ]
    assert [job.id for job in client.call("JobService.ListJobs", status="active").jobs] == [
        str(other.pk)
    ]
    assert client.call("JobService.ListJobs", status="active").total == 1


def test_a_total_is_exact_up_to_1000_and_then_1001(client: Client) -> None:
    make_job()  # the page; the others have no state and are only counted
    fields = {"task": "EchoTask", "schedule": "@manual"}
    Job.objects.bulk_create(Job(name=f"job {number}", **fields) for number in range(999))
    assert client.call("JobService.ListJobs", page_size=1).total == 1000
    Job.objects.bulk_create(Job(name=f"more {number}", **fields) for number in range(5))
    assert client.call("JobService.ListJobs", page_size=1).total == 1001


def test_metadata_of_any_kind_is_told_as_text(client: Client) -> None:
    job = make_job(params={"a": [1, None]}, metadata={"a": [1, None]})
    told = client.call("JobService.GetJob", id=str(job.pk))
    assert json.loads(told.metadata["a"]) == [1, None]


def test_a_field_that_no_message_has_is_refused_by_its_number(client: Client) -> None:
    for method, data in (
        ("JobService.CreateJob", b"\x0a\x01a\xa0\x06\x01"),  # name, and 100
        (
            "SchedulerService.ScheduleJob",
            b"\x0a\x06\x12\x01a\xa0\x06\x01",
        ),  # the same within its job
    ):
        with pytest.raises(grpc.RpcError) as refused:
            client.send(method, data)
        assert refused.value.code() == grpc.StatusCode.INVALID_ARGUMENT
        assert "field 100: is not known here" in str(refused.value.details())
    assert not Job.objects.exists()
