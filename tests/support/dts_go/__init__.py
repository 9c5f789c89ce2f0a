"""A client of DTS-Go, generated at test time from the .proto files here, as one that exists would
be.

    with Client(port, token=secret) as client:
        job_id = client.call("JobService.CreateJob", name="backup",
            cron_expression="0 2 * * *").job_id

Its messages live in a descriptor pool of their own, so that they and the server's never meet in one
process.
"""

from __future__ import annotations

import tempfile
from functools import cache
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import grpc
import grpc_tools
from google.protobuf.descriptor_pb2 import FileDescriptorSet
from google.protobuf.descriptor_pool import DescriptorPool
from google.protobuf.message_factory import GetMessageClass
from grpc_tools import protoc

FOLDER = Path(__file__).parent
PACKAGES = {
    "JobService": "job.v1",
    "SchedulerService": "scheduler.v1",
    "ExecutionService": "execution.v1",
}


@cache
def pool() -> DescriptorPool:
    """The messages and services of the .proto files."""
    with tempfile.TemporaryDirectory() as folder:
        output = Path(folder) / "set"
        places = [
            f"--proto_path={FOLDER}",
            f"--proto_path={Path(grpc_tools.__file__).parent / '_proto'}",
        ]
        files = [str(path) for path in sorted(FOLDER.glob("*/v1/*.proto"))]
        assert (
            protoc.main(
                ["protoc", *places, "--include_imports", f"--descriptor_set_out={output}", *files]
            )
            == 0
        )
        found = DescriptorPool()
        for file in FileDescriptorSet.FromString(output.read_bytes()).file:
            found.Add(file)
        return found


class Client:
    """Calls of one client: with a ``token`` or without, and with TLS if it has the server's
    ``certificate``.
    """

    def __init__(self, port: int, *, token: str = "", certificate: bytes | None = None) -> None:
        self.address = f"localhost:{port}"
        self.channel = (
            grpc.secure_channel(self.address, grpc.ssl_channel_credentials(certificate))
            if certificate
            else grpc.insecure_channel(self.address)
        )
        self.metadata = [("authorization", f"Bearer {token}")] if token else []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.channel.close()

    def call(self, name: str, /, **fields: Any) -> Any:
        """``name``: such as ``JobService.GetJob``; raises grpc.RpcError."""
        service, _, method = name.partition(".")
        found = pool().FindServiceByName(f"{PACKAGES[service]}.{service}").methods_by_name[method]
        return self.send(name, GetMessageClass(found.input_type)(**fields).SerializeToString())

    def send(self, name: str, data: bytes, *, seconds: float = 20) -> Any:
        """The same with a request that is already bytes."""
        service, _, method = name.partition(".")
        path = f"{PACKAGES[service]}.{service}"
        answer = GetMessageClass(pool().FindServiceByName(path).methods_by_name[method].output_type)
        send: Any = self.channel.unary_unary(
            f"/{path}/{method}", response_deserializer=answer.FromString
        )
        return send(data, timeout=seconds, metadata=self.metadata)

    def refusal(self, name: str, /, **fields: Any) -> tuple[str, str]:
        """The code and the details of a call that must fail."""
        try:
            answer = self.call(name, **fields)
        except grpc.RpcError as error:
            return error.code().name, error.details() or ""
        raise AssertionError(f"{name} was answered: {answer}")
