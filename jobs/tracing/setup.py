"""Sending spans to a collector over OTLP/HTTP."""

from __future__ import annotations

import atexit
import threading

from celery import signals
from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import SERVICE_NAME, OTELResourceDetector, Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor

from jobs.tracing.ids import RunIds
from jobs.tracing.spans import NAME, Spans

FLUSH_SECONDS = 2.0


def trace_runs(endpoint: str) -> None:
    """Let runs be traced to the collector at ``endpoint`` (without ``/v1/traces``); once a process.

    OpenTelemetry's own variables (OTEL_SERVICE_NAME, OTEL_RESOURCE_ATTRIBUTES, OTEL_BSP_…) keep
    their meaning.
    """
    ids = RunIds()
    resource = Resource({SERVICE_NAME: "beatwright"}).merge(OTELResourceDetector().detect())
    provider = TracerProvider(resource=resource, id_generator=ids, shutdown_on_exit=False)
    exporter = OTLPSpanExporter(endpoint=f"{endpoint.rstrip('/')}/v1/traces")
    provider.add_span_processor(BatchSpanProcessor(exporter))
    trace.set_tracer_provider(provider)
    Spans(provider.get_tracer(NAME), ids).listen()

    def flush(**_: object) -> None:
        """Send what is left; a collector that does not answer must not keep a process from
        ending.
        """
        sending = threading.Thread(target=provider.force_flush, daemon=True)
        sending.start()
        sending.join(FLUSH_SECONDS)

    atexit.register(flush)
    # A pool child ends without running what is registered for a process's end.
    signals.worker_process_shutdown.connect(flush, weak=False, dispatch_uid=NAME)
