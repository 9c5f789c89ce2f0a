"""Each gRPC method by each identity and each body, over a real channel, held to the table of
rights.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import grpc
import pytest
from django.db import connections
from google.protobuf.message_factory import GetMessageClass

from jobs.rpc.server import Options, Server
from jobs.rpc.services import SERVICES
from tests.integration.matrix.calling import Caller, Outcome, Told
from tests.integration.matrix.identities import BY_TOKEN, Identity, secret_of
from tests.integration.matrix.world import Thing, make_world
from tests.support.dts_go import PACKAGES, Client, pool

pytestmark = pytest.mark.usefixtures("broker", "unmetered")
NEW = {"name": "fresh", "cron_expression": "0 2 * * *"}
# Each method: its right, and the fields that do it to a thing.
METHODS: Mapping[str, tuple[str, Callable[[Thing], dict[str, Any]]]] = {
    "JobService.CreateJob": ("create a job without a tag", lambda thing: NEW),
    "JobService.GetJob": ("see a job", lambda thing: {"id": str(thing.job.pk)}),
    "JobService.ListJobs": ("list jobs", lambda thing: {}),
    "JobService.UpdateJob": (
        "update_job",
        lambda thing: {"id": str(thing.job.pk), "description": "x"},
    ),
    "JobService.DeleteJob": ("archive_job", lambda thing: {"id": str(thing.job.pk)}),
    "JobService.CancelJob": ("pause_job", lambda thing: {"id": str(thing.job.pk)}),
    "SchedulerService.ScheduleJob": ("create a job without a tag", lambda thing: {"job": NEW}),
    "SchedulerService.CancelJob": ("pause_job", lambda thing: {"job_id": str(thing.job.pk)}),
    "SchedulerService.GetScheduledJob": ("see a job", lambda thing: {"job_id": str(thing.job.pk)}),
    "SchedulerService.ListScheduledJobs": ("list jobs", lambda thing: {}),
    "ExecutionService.GetExecution": (
        "see a run",
        lambda thing: {"id": str(thing.runs["over"].pk)},
    ),
    "ExecutionService.ListExecutions": ("list runs", lambda thing: {"job_id": str(thing.job.pk)}),
}
READING = ("Get", "List")
OUTCOMES = {
    grpc.StatusCode.UNAUTHENTICATED: Outcome.STRANGER,
    grpc.StatusCode.PERMISSION_DENIED: Outcome.FORBIDDEN,
    grpc.StatusCode.NOT_FOUND: Outcome.MISSING,
    grpc.StatusCode.INVALID_ARGUMENT: Outcome.BAD,
    grpc.StatusCode.FAILED_PRECONDITION: Outcome.BAD,
    grpc.StatusCode.ABORTED: Outcome.BAD,
    grpc.StatusCode.ALREADY_EXISTS: Outcome.BAD,
}


class OverRpc(Caller):
    """A client that was generated from the .proto files, with a token or without one."""

    hostile = (b"\xff" * 20, b"\x0a\x02\xff\xfe", b"\x0a\x03\x00\x00\x00", b"\x0a" * 200)

    def __init__(self, name: str, identity: Identity, port: int) -> None:
        self.name = name
        right, self._fields = METHODS[name]
        super().__init__(right, identity)
        self.changes = not name.partition(".")[2].startswith(READING)
        self.client = Client(port, token=secret_of(identity))

    def valid(self, thing: Thing) -> bytes:
        service, _, method = self.name.partition(".")
        found = pool().FindServiceByName(f"{PACKAGES[service]}.{service}").methods_by_name[method]
        return bytes(GetMessageClass(found.input_type)(**self._fields(thing)).SerializeToString())

    def send(self, thing: Thing, body: bytes) -> Told:
        try:
            return Told(Outcome.DONE, str(self.client.send(self.name, body)))
        except grpc.RpcError as error:
            refused: Any = error
            return Told(
                OUTCOMES.get(refused.code(), Outcome.BROKEN),
                f"{refused.code()} {refused.details()}",
            )


@pytest.fixture
def port(monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """A server's, which lets nobody in without a token."""
    # Its threads' own connections end with each call, so that none holds the test's database at its
    # end.
    monkeypatch.setitem(connections.settings["default"], "CONN_MAX_AGE", 0)
    server = Server(Options())
    yield server.port
    server.stop(0)


@pytest.mark.parametrize("identity", BY_TOKEN, ids=str)
@pytest.mark.parametrize("name", sorted(METHODS))
@pytest.mark.drawn(most=25, reason="two hundred pairs of a method and an identity")
def test_a_method_is_done_for_whom_the_table_of_rights_names_and_for_nobody_else(
    name: str, identity: Identity, port: int
) -> None:
    world = make_world()
    caller = OverRpc(name, identity, port)
    with caller.client:
        caller.hold(world)


def test_every_method_of_the_descriptors_has_its_row() -> None:
    described = {
        f"{service.descriptor.name}.{method.name}"
        for service in SERVICES
        for method in service.descriptor.methods
    }
    assert described == METHODS.keys()
