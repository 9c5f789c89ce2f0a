"""A tiny OpenTelemetry collector on 127.0.0.1 that keeps the spans it is sent."""

from __future__ import annotations

from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from tests.support.serving import Serving


@dataclass(frozen=True)
class Span:
    """One span as it arrived; ids in hexadecimal."""

    name: str
    trace_id: str
    span_id: str
    parent_id: str
    start_ns: int
    end_ns: int
    is_error: bool
    attributes: dict[str, Any]
    service: str


class Collector(Serving):
    """Listens while the block lasts.

    ``bodies`` are the requests as they came, with all that spans do not show.
    """

    def __init__(self) -> None:
        self.spans: list[Span] = []
        self.bodies: list[bytes] = []
        collector = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                collector.bodies.append(body)
                collector.spans += _spans(ExportTraceServiceRequest.FromString(body))
                self.send_response(200)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                """Silence."""

        super().__init__(ThreadingHTTPServer(("127.0.0.1", 0), Handler))

    def names(self, trace_id: str) -> list[str]:
        return sorted(span.name for span in self.spans if span.trace_id == trace_id)


def _spans(request: ExportTraceServiceRequest) -> list[Span]:
    return [
        Span(
            name=span.name,
            trace_id=span.trace_id.hex(),
            span_id=span.span_id.hex(),
            parent_id=span.parent_span_id.hex(),
            start_ns=span.start_time_unix_nano,
            end_ns=span.end_time_unix_nano,
            is_error=span.status.code == span.status.STATUS_CODE_ERROR,
            attributes={
                one.key: one.value.string_value or one.value.int_value for one in span.attributes
            },
            service=next(
                one.value.string_value
                for one in resource.resource.attributes
                if one.key == "service.name"
            ),
        )
        for resource in request.resource_spans
        for scope in resource.scope_spans
        for span in scope.spans
    ]
