"""What a server is beside its methods: health, reflection, TLS, limits, and its end."""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import grpc
import pytest
from django.db import OperationalError
from google.protobuf.descriptor_pb2 import FileDescriptorProto
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection_pb2, reflection_pb2_grpc

from jobs.compat.dts_go import job_service
from jobs.compat.status import job_with_status
from jobs.models import Job
from jobs.rpc.server import MOST_BYTES, THREADS, WAITING, CannotServe, Options, Server
from tests.support.builders import make_job
from tests.support.dts_go import PACKAGES, Client, pool
from tests.support.eventually import eventually
from tests.support.redis import free_port

SERVING = health_pb2.HealthCheckResponse.SERVING


def asked(channel: grpc.Channel, **question: str) -> Any:
    """The server's answer to one question of reflection's."""
    request = reflection_pb2.ServerReflectionRequest(**question)
    return next(
        reflection_pb2_grpc.ServerReflectionStub(channel).ServerReflectionInfo(iter([request]))
    )


@pytest.fixture
def broken(monkeypatch: pytest.MonkeyPatch) -> Callable[[Exception], None]:
    """Let looking at a job fail in this way."""

    def break_with(error: Exception) -> None:
        def fail(*_: object) -> None:
            raise error

        monkeypatch.setattr(job_service, "job_with_status", fail)

    return break_with


def test_health_is_told_for_each_service(client: Client) -> None:
    check = health_pb2_grpc.HealthStub(client.channel).Check
    for name in ("", *(f"{package}.{service}" for service, package in PACKAGES.items())):
        assert check(health_pb2.HealthCheckRequest(service=name)).status == SERVING
    with pytest.raises(grpc.RpcError) as refused:
        check(health_pb2.HealthCheckRequest(service="nothing"))
    assert refused.value.code() == grpc.StatusCode.NOT_FOUND


def test_every_port_serves_every_service(serve: Callable[..., Server]) -> None:
    job_id, also = str(make_job().pk), (free_port(), free_port())
    server = serve(open_on_loopback=True, also=also)
    for port in (server.port, *also):
        with Client(port) as client:
            assert client.call("JobService.GetJob", id=job_id).id == job_id
            assert client.call("SchedulerService.GetScheduledJob", job_id=job_id).job_id == job_id
            assert client.call("ExecutionService.ListExecutions", job_id=job_id).total == 0


def test_reflection_names_the_services_and_describes_what_a_client_of_dts_go_has(
    client: Client,
) -> None:
    listed = {
        each.name for each in asked(client.channel, list_services="").list_services_response.service
    }
    names = {f"{package}.{service}" for service, package in PACKAGES.items()}
    assert names | {"grpc.health.v1.Health"} <= listed
    for name in names:
        theirs = FileDescriptorProto()
        pool().FindServiceByName(name).file.CopyToProto(theirs)
        answer = asked(client.channel, file_containing_symbol=name).file_descriptor_response
        files = [FileDescriptorProto.FromString(data) for data in answer.file_descriptor_proto]
        [ours] = [file for file in files if file.package == theirs.package]
        assert described(ours) == described(theirs)


def described(file: FileDescriptorProto) -> dict[str, set[Any]]:
    """The fields of each message, the methods of each service."""
    messages = {
        each.name: {(f.name, f.number, f.type, f.type_name, f.label) for f in each.field}
        for each in file.message_type
    }
    return messages | {
        each.name: {(m.name, m.input_type, m.output_type) for m in each.method}
        for each in file.service
    }


def test_a_request_that_is_no_such_message_is_an_invalid_argument(client: Client) -> None:
    with pytest.raises(grpc.RpcError) as refused:
        client.send("JobService.CreateJob", b"\xff\xff\xff")
    assert refused.value.code() == grpc.StatusCode.INVALID_ARGUMENT


def test_a_request_beyond_the_limit_is_refused(client: Client) -> None:
    code, details = client.refusal("JobService.CreateJob", name="x", description="x" * MOST_BYTES)
    assert (code, "larger than max" in details) == ("RESOURCE_EXHAUSTED", True)


def test_a_database_that_is_away_is_unavailable(
    client: Client, broken: Callable[[Exception], None]
) -> None:
    broken(OperationalError("connection refused to secret-host"))
    refusal = client.refusal("JobService.GetJob", id=str(make_job().pk))
    assert refusal == ("UNAVAILABLE", "the database cannot be reached")


def test_what_nobody_foresaw_is_internal_and_told_in_the_log_alone(
    client: Client, broken: Callable[[Exception], None], caplog: pytest.LogCaptureFixture
) -> None:
    broken(RuntimeError("a secret of the inside"))
    code, details = client.refusal("JobService.GetJob", id=str(make_job().pk))
    assert (code, "inside" in details) == ("INTERNAL", False)
    assert "a secret of the inside" in caplog.text


def test_a_call_whose_deadline_passes_while_it_waits_changes_nothing(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    busy, go_on = threading.Semaphore(0), threading.Event()

    def hold(*_: object) -> None:
        busy.release()
        go_on.wait(20)
        raise RuntimeError("held")

    monkeypatch.setattr(job_service, "job_with_status", hold)
    job = make_job()
    with Client(int(client.address.rpartition(":")[2])) as another:
        path = "/job.v1.JobService/GetJob"
        send: Any = another.channel.unary_unary(path)
        data = b"\x0a\x24" + str(job.pk).encode()
        waiting = [send.future(data) for _ in range(8)]
        for _ in waiting:
            assert busy.acquire(timeout=60)
        with pytest.raises(grpc.RpcError) as refused:
            client.send("JobService.DeleteJob", data, seconds=0.2)
        assert refused.value.code() == grpc.StatusCode.DEADLINE_EXCEEDED
        go_on.set()
        for each in waiting:
            assert each.code() == grpc.StatusCode.INTERNAL
    assert Job.objects.filter(pk=job.pk).exists()


def test_more_calls_than_may_wait_are_told_so_and_the_others_are_answered(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    go_on = threading.Event()
    monkeypatch.setattr(job_service, "job_with_status", lambda *_: go_on.wait(20) and 1 / 0)
    send: Any = client.channel.unary_unary("/job.v1.JobService/GetJob")
    data = b"\x0a\x24" + str(make_job().pk).encode()
    calls = [send.future(data) for _ in range(THREADS + WAITING + 5)]
    eventually(lambda: sum(call.done() for call in calls) == 5, seconds=20)
    assert {call.code() for call in calls if call.done()} == {grpc.StatusCode.RESOURCE_EXHAUSTED}
    go_on.set()
    assert sorted({call.code().name for call in calls}) == ["INTERNAL", "RESOURCE_EXHAUSTED"]


def test_a_stopping_server_lets_calls_finish_and_takes_no_more(
    serve: Callable[..., Server], monkeypatch: pytest.MonkeyPatch
) -> None:
    server = serve(open_on_loopback=True)
    busy, go_on = threading.Event(), threading.Event()

    def hold(*words: Any) -> Any:
        busy.set()
        go_on.wait(20)
        return job_with_status(*words)

    monkeypatch.setattr(job_service, "job_with_status", hold)
    job = make_job()
    with Client(server.port) as client, Client(server.port) as late:
        send: Any = client.channel.unary_unary("/job.v1.JobService/GetJob")
        running = send.future(b"\x0a\x24" + str(job.pk).encode())
        assert busy.wait(10)
        stopping = threading.Thread(target=server.stop, args=(20,))
        stopping.start()
        eventually(lambda: late.refusal("JobService.ListJobs")[0] == "UNAVAILABLE")
        go_on.set()
        assert running.code() == grpc.StatusCode.OK
        stopping.join(20)


# --- TLS and the port ---


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A throw-away one for localhost, and its key."""
    folder = tmp_path_factory.mktemp("tls")
    paths = folder / "cert.pem", folder / "key.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
         "-nodes",
         "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", "-days", "1",
         "-out", str(paths[0]), "-keyout", str(paths[1])],
        check=True, capture_output=True,
    )  # fmt: skip
    return paths


def test_with_a_certificate_it_speaks_tls_alone(
    serve: Callable[..., Server], certificate: tuple[Path, Path]
) -> None:
    cert, key = certificate
    server = serve(open_on_loopback=True, certificate=cert, key=key)
    with Client(server.port, certificate=cert.read_bytes()) as client:
        assert client.call("JobService.ListJobs").total == 0
    with Client(server.port) as plain:
        assert plain.refusal("JobService.ListJobs")[0] == "UNAVAILABLE"


def test_a_certificate_that_is_no_good_is_told_before_anybody_connects(
    certificate: tuple[Path, Path],
) -> None:
    cert, key = certificate
    for options, text in (
        (Options(certificate=cert), "GRPC_TLS_CERT and GRPC_TLS_KEY are needed together"),
        (Options(certificate=cert, key=cert), "GRPC_TLS_CERT, GRPC_TLS_KEY: cannot be used"),
        (
            Options(certificate=cert, key=key / "nothing"),
            "GRPC_TLS_CERT, GRPC_TLS_KEY: cannot be used",
        ),
    ):
        with pytest.raises(CannotServe, match=f"^{text}"):
            Server(options)


def test_a_taken_port_is_told(server: Server) -> None:
    with pytest.raises(
        CannotServe,
        match=rf"^GRPC_PORT: cannot listen on 127\.0\.0\.1:{server.port}; set GRPC_PORT",
    ):
        Server(Options(port=server.port))
