"""Small servers that answer as DTS-Go, GoDispatch and distributed-job-scheduler do, over real
sockets.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import grpc
from google.protobuf.json_format import ParseDict

from jobs.compat.dts_go.protos import job_pb2

Answer = Callable[[dict[str, str]], tuple[int, Any]]


@contextmanager
def http_server(answers: dict[str, Answer]) -> Iterator[str]:
    """The address of a server that has these paths; ``answers`` gets the words of the query."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            answer = answers.get(parts.path, lambda _: (404, {"error": "not found"}))
            status, body = answer(dict(parse_qsl(parts.query)))
            raw = body if isinstance(body, bytes) else json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(raw)))
            self.end_headers()
            self.wfile.write(raw)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the library's name
            """Silent: the tests' output is read by people."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def page_by_offset(jobs: list[Any], around: Callable[[list[Any]], Any], most: int) -> Answer:
    """GoDispatch's way: limit and offset."""

    def answer(query: dict[str, str]) -> tuple[int, Any]:
        start = int(query.get("offset", 0))
        return 200, around(jobs[start : start + min(most, int(query.get("limit", most)))])

    return answer


def page_by_id(jobs: list[dict[str, Any]], most: int) -> Answer:
    """DTS-Go's gateway: pageSize and lastId, camelCase, counts as they are."""

    def answer(query: dict[str, str]) -> tuple[int, Any]:
        ids = [job["id"] for job in jobs]
        start = ids.index(query["lastId"]) + 1 if "lastId" in query else 0
        found = jobs[start : start + min(most, int(query.get("pageSize", most)))]
        more = start + len(found) < len(jobs)
        return 200, {"jobs": found, "total": len(jobs), "nextPage": found[-1]["id"] if more else ""}

    return answer


@contextmanager
def dts_server(jobs: list[dict[str, Any]], most: int) -> Iterator[str]:
    """HOST:PORT of a gRPC server whose ListJobs answers at most so many jobs a page."""

    def list_jobs(
        request: job_pb2.ListJobsRequest, context: grpc.ServicerContext
    ) -> job_pb2.ListJobsResponse:
        ids = [job["id"] for job in jobs]
        start = ids.index(request.last_id) + 1 if request.last_id else 0
        found = [ParseDict(job, job_pb2.JobResponse()) for job in jobs[start : start + most]]
        return job_pb2.ListJobsResponse(jobs=found, total=len(jobs))

    handler = grpc.unary_unary_rpc_method_handler(
        list_jobs,
        request_deserializer=job_pb2.ListJobsRequest.FromString,
        response_serializer=job_pb2.ListJobsResponse.SerializeToString,
    )
    server = grpc.server(ThreadPoolExecutor(max_workers=2))
    server.add_generic_rpc_handlers(
        (grpc.method_handlers_generic_handler("job.v1.JobService", {"ListJobs": handler}),)
    )
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    try:
        yield f"127.0.0.1:{port}"
    finally:
        server.stop(None).wait()
