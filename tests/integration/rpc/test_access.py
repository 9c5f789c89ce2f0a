"""Who may call what: tokens, roles, tags, and this machine's own programs."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from jobs.access.opening import is_loopback
from jobs.access.roles import Role
from jobs.models import ApiToken, AuditEntry, Job
from jobs.rpc.access import address_of
from jobs.rpc.server import Server
from jobs.rpc.services import SERVICES
from tests.support.api import Api
from tests.support.builders import make_job, make_run
from tests.support.dts_go import Client
from tests.support.rights import RIGHTS

NEW = {"name": "fresh", "cron_expression": "0 2 * * *"}
# Every method, with what it is called with and the verbs of the rights table that it does; none: it
# only reads.
METHODS: dict[str, tuple[Callable[[Job], dict[str, Any]], tuple[str, ...]]] = {
    "JobService.CreateJob": (lambda job: NEW, ("create_job",)),
    "JobService.GetJob": (lambda job: {"id": str(job.pk)}, ()),
    "JobService.ListJobs": (lambda job: {}, ()),
    "JobService.UpdateJob": (lambda job: {"id": str(job.pk), "description": "x"}, ("update_job",)),
    "JobService.DeleteJob": (lambda job: {"id": str(job.pk)}, ("archive_job",)),
    "JobService.CancelJob": (lambda job: {"id": str(job.pk)}, ("pause_job", "cancel_runs")),
    "SchedulerService.ScheduleJob": (lambda job: {"job": NEW}, ("create_job",)),
    "SchedulerService.CancelJob": (
        lambda job: {"job_id": str(job.pk)},
        ("pause_job", "cancel_runs"),
    ),
    "SchedulerService.GetScheduledJob": (lambda job: {"job_id": str(job.pk)}, ()),
    "SchedulerService.ListScheduledJobs": (lambda job: {}, ()),
    "ExecutionService.GetExecution": (lambda job: {"id": str(job.runs.get().pk)}, ()),
    "ExecutionService.ListExecutions": (lambda job: {"job_id": str(job.pk)}, ()),
}
WithRole = Callable[..., Client]


def least_for(verbs: tuple[str, ...]) -> Role:
    order = list(Role)
    return max(
        (right.least for right in RIGHTS if right.verb in verbs),
        key=order.index,
        default=Role.VIEWER,
    )


def test_every_method_has_its_row() -> None:
    served = {
        f"{service.descriptor.name}.{name}" for service in SERVICES for name in service.methods
    }
    assert served == METHODS.keys()


@pytest.mark.parametrize("method", METHODS)
def test_each_role_may_call_what_the_table_of_rights_says(with_role: WithRole, method: str) -> None:
    fields, verbs = METHODS[method]
    order = list(Role)
    for role in (None, *order):
        job = make_run(make_job()).job
        AuditEntry.objects.all().delete()
        client = with_role(role)
        if role and order.index(role) >= order.index(least_for(verbs)):
            client.call(method, **fields(job))
            done = AuditEntry.objects.exclude(verb="create_token").values_list("verb", flat=True)
            assert set(done) == set(verbs)
        else:
            code, details = client.refusal(method, **fields(job))
            assert code == "PERMISSION_DENIED"
            assert "the permission beatwright." in details


@pytest.mark.parametrize("method", [method for method in METHODS if "Create" not in method])
def test_a_call_that_asks_for_nothing_tells_nobody_anything(
    with_role: WithRole, method: str
) -> None:
    fields, _ = METHODS[method]
    sent = fields(make_run(make_job(name="unseen")).job)
    ids = {name: value for name, value in sent.items() if name.endswith("id")}
    code, details = with_role(None).refusal(method, **ids)
    assert code in {"PERMISSION_DENIED", "INVALID_ARGUMENT"}
    assert "unseen" not in details


def test_an_operator_may_pause_and_resume_though_not_change(with_role: WithRole) -> None:
    job, operator = make_job(), with_role(Role.OPERATOR)
    assert operator.call("JobService.UpdateJob", id=str(job.pk), status=6).status == 6
    assert operator.call("JobService.UpdateJob", id=str(job.pk), status=2).status == 2
    assert (
        operator.refusal("JobService.UpdateJob", id=str(job.pk), status=6, priority=3)[0]
        == "PERMISSION_DENIED"
    )
    job.refresh_from_db()
    assert job.enabled


def test_a_token_limited_to_tags_sees_and_touches_those_jobs_alone(with_role: WithRole) -> None:
    ours, theirs = make_job(tags=["fin"]), make_job(tags=["ops"])
    run, other = make_run(ours), make_run(theirs)
    limited = with_role(Role.EDITOR, tags=["fin"])
    assert [job.id for job in limited.call("JobService.ListJobs").jobs] == [str(ours.pk)]
    assert [row.id for row in limited.call("ExecutionService.ListExecutions").executions] == [
        str(run.pk)
    ]
    assert limited.call("SchedulerService.ListScheduledJobs").total_count == 1
    for method, named in (
        ("JobService.GetJob", {"id": str(theirs.pk)}),
        ("JobService.UpdateJob", {"id": str(theirs.pk), "priority": 1}),
        ("SchedulerService.CancelJob", {"job_id": str(theirs.pk)}),
        ("SchedulerService.ScheduleJob", {"job": {"id": str(theirs.pk)}}),
        ("ExecutionService.GetExecution", {"id": str(other.pk)}),
    ):
        assert limited.refusal(method, **named)[0] == "NOT_FOUND", method
    assert limited.call("ExecutionService.ListExecutions", job_id=str(theirs.pk)).total == 0
    assert limited.refusal("JobService.CreateJob", **NEW)[0] == "PERMISSION_DENIED"


def test_secrets_are_masked_and_cannot_be_written_back(with_role: WithRole) -> None:
    job = make_job(params={"password": "hunter2"}, metadata={"api_key": "k"})
    editor = with_role(Role.ADMIN)
    masked = editor.call("JobService.GetJob", id=str(job.pk)).metadata
    assert (masked["api_key"], masked["params"]) == ("••••••", '{"password": "••••••"}')
    code, details = editor.refusal("JobService.UpdateJob", id=str(job.pk), metadata=masked)
    assert (code, details.partition(":")[0]) == ("INVALID_ARGUMENT", "metadata")


def test_the_use_of_a_token_is_noted(server: Server) -> None:
    with Client(server.port, token=Api(Role.VIEWER).secret) as client:
        client.call("JobService.ListJobs")
    token = ApiToken.objects.get()
    assert token.last_used_from == "127.0.0.1"
    assert timezone.now() - (token.last_used_at or token.created_at) < timedelta(minutes=1)


@pytest.mark.parametrize("text", ["Bearer bw_nonsense", "Bearer", "Basic YTpi", "bw_nonsense", ""])
def test_a_token_that_opens_nothing_is_unauthenticated_even_on_this_machine(
    server: Server, text: str
) -> None:
    with Client(server.port) as client:
        client.metadata = [("authorization", text)]
        code, details = client.refusal("JobService.ListJobs")
    assert (code, bool(details)) == ("UNAUTHENTICATED", True)


def test_a_revoked_token_is_unauthenticated(server: Server) -> None:
    secret = Api(Role.VIEWER).secret
    ApiToken.objects.update(revoked_at=timezone.now())
    with Client(server.port, token=secret) as client:
        assert client.refusal("JobService.ListJobs") == (
            "UNAUTHENTICATED",
            "token: this token has been revoked",
        )


def test_without_a_token_a_server_that_is_not_open_answers_nobody(
    serve: Callable[..., Server],
) -> None:
    with Client(serve().port) as client:
        code, details = client.refusal("JobService.ListJobs")
    assert code == "UNAUTHENTICATED"
    assert "authorization: Bearer" in details


def test_a_server_that_others_reach_is_never_open(serve: Callable[..., Server]) -> None:
    with Client(serve(host="0.0.0.0", open_on_loopback=True).port) as client:
        assert client.refusal("JobService.ListJobs")[0] == "UNAUTHENTICATED"


def test_what_a_proxy_hands_on_is_not_of_this_machine(client: Client) -> None:
    client.metadata = [("x-forwarded-for", "198.51.100.7")]
    assert client.refusal("JobService.ListJobs")[0] == "UNAUTHENTICATED"


def test_without_a_token_one_is_an_editor_who_may_name_no_command(
    client: Client, settings: Any
) -> None:
    settings.BEATWRIGHT = settings.BEATWRIGHT | {"allow_commands": True}
    metadata = {"task": "RunCommand", "params": '{"argv": ["true"]}'}
    assert (
        client.refusal("JobService.CreateJob", **NEW, metadata=metadata)[0] == "PERMISSION_DENIED"
    )


@pytest.mark.parametrize(
    ("peer", "address", "local"),
    [
        ("ipv4:127.0.0.1:5301", "127.0.0.1", True),
        ("ipv6:%5B::1%5D:5301", "::1", True),
        ("ipv6:[::ffff:127.0.0.1]:5301", "::ffff:127.0.0.1", True),
        ("ipv6:[::ffff:198.51.100.7]:5301", "::ffff:198.51.100.7", False),
        ("ipv4:198.51.100.7:80", "198.51.100.7", False),
        ("unix:", "", False),
    ],
)
def test_a_peer_has_an_address(peer: str, address: str, local: bool) -> None:
    assert (address_of(peer), is_loopback(address_of(peer))) == (address, local)


def test_a_tokens_calls_are_bounded_and_those_of_this_machine_are_not(
    client: Client, with_role: WithRole, settings: Any
) -> None:
    settings.BEATWRIGHT = settings.BEATWRIGHT | {"api_rate_per_minute": 1}
    while time.time() % 60 > 55:  # not across the minute's end
        time.sleep(1)
    program = with_role(Role.VIEWER)
    program.call("JobService.ListJobs")
    code, details = program.refusal("JobService.ListJobs")
    assert (code, "try again in" in details) == ("RESOURCE_EXHAUSTED", True)
    for _ in range(3):
        client.call("JobService.ListJobs")
