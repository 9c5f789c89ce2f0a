"""The metadata ``idempotency-key``: a call that is sent again makes no second job."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest

from jobs.compat.dts_go.protos.job_pb2 import CreateJobRequest
from jobs.models import IdempotencyKey, Job
from tests.support.dts_go import Client

JOB: dict[str, Any] = {
    "name": "backup",
    "cron_expression": "0 2 * * *",
    "metadata": {"path": "/srv", "to": "s3"},
}
CALLS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("JobService.CreateJob", JOB),
    ("SchedulerService.ScheduleJob", {"job": JOB, "resource_requirements": {"cpu": 2}}),
)


@pytest.fixture
def keyed(client: Client) -> Client:
    client.metadata.append(("idempotency-key", "order-7"))
    return client


@pytest.mark.parametrize(("name", "fields"), CALLS)
def test_the_same_call_with_its_key_is_answered_as_before(
    keyed: Client, name: str, fields: dict[str, Any]
) -> None:
    first, again = (keyed.call(name, **fields) for _ in range(2))
    assert first == again
    assert Job.objects.count() == 1


@pytest.mark.parametrize(("name", "fields"), CALLS)
def test_another_call_with_the_key_is_refused(
    keyed: Client, name: str, fields: dict[str, Any]
) -> None:
    keyed.call(name, **fields)
    other = {"name": "other"} if name == "JobService.CreateJob" else {"job": {"name": "other"}}
    code, details = keyed.refusal(name, **other)
    assert (code, "idempotency-key" in details) == ("ALREADY_EXISTS", True)
    assert Job.objects.count() == 1


def test_the_key_is_of_one_method(keyed: Client) -> None:
    keyed.call("JobService.CreateJob", **JOB)
    assert keyed.refusal("SchedulerService.ScheduleJob", job=JOB)[0] == "ALREADY_EXISTS"


def test_what_was_sent_cannot_be_guessed_by_what_is_kept_of_it(keyed: Client) -> None:
    keyed.call("JobService.CreateJob", **JOB)
    sent = bytes(CreateJobRequest(**JOB).SerializeToString(deterministic=True))
    guesses = [sent, CreateJobRequest.DESCRIPTOR.full_name.encode() + b"\n" + sent]
    assert IdempotencyKey.objects.get().request not in [
        hashlib.sha256(guess).hexdigest() for guess in guesses
    ]


def test_an_error_is_not_remembered(keyed: Client) -> None:
    assert (
        keyed.refusal("JobService.CreateJob", cron_expression="99 * * * *")[0] == "INVALID_ARGUMENT"
    )
    keyed.call("JobService.CreateJob", **JOB)
    assert Job.objects.count() == 1


def test_a_key_that_cannot_be_one_is_refused_by_name(client: Client) -> None:
    client.metadata.append(("idempotency-key", "two words"))
    code, details = client.refusal("JobService.CreateJob", **JOB)
    assert (code, details.startswith("idempotency-key: ")) == ("INVALID_ARGUMENT", True)


def test_without_a_key_every_call_makes_a_job(client: Client) -> None:
    for name, fields in CALLS:
        client.call(name, **fields)
    assert (Job.objects.count(), IdempotencyKey.objects.count()) == (2, 0)
