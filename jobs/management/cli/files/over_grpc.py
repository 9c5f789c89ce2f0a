"""The jobs of a running DTS-Go: its own ListJobs, page by page."""

from __future__ import annotations

from typing import Any

import grpc
from google.protobuf.json_format import MessageToDict

from jobs.compat.dts_go.protos import job_pb2
from jobs.importers.contents.base import Hints
from jobs.importers.files.document import Document
from jobs.importers.files.problems import UnreadableFile
from jobs.importers.systems.answers import document_of, pages

SECONDS = 30
PAGE = 250
METHOD = "/job.v1.JobService/ListJobs"


def read_grpc(address: str, told: Hints) -> Document:
    """All jobs of the server at ``HOST:PORT``; raises UnreadableFile."""
    with grpc.insecure_channel(address) as channel:
        ask = channel.unary_unary(
            METHOD,
            request_serializer=job_pb2.ListJobsRequest.SerializeToString,
            response_deserializer=job_pb2.ListJobsResponse.FromString,
        )

        def page(last: str, offset: int) -> list[dict[str, Any]]:
            request = job_pb2.ListJobsRequest(page_size=PAGE, last_id=last)
            answer = ask(request, timeout=SECONDS)
            return [MessageToDict(job, preserving_proto_field_name=True) for job in answer.jobs]

        try:
            jobs = list(pages(page))
        except grpc.RpcError as error:
            said: Any = error  # a Call as well, which the types do not say
            raise UnreadableFile(f"does not answer: {said.code().name}: {said.details()}") from None
    return document_of(f"grpc://{address}", jobs, told)
