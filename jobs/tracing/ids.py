"""A run's trace: the trace id is the run's, and the id of its first span is the random half of
that.
"""

from __future__ import annotations

import threading
import uuid

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.sdk.trace.id_generator import RandomIdGenerator

HALF = (1 << 64) - 1


class RunIds(RandomIdGenerator):
    """Random ids, but for the first span of a run's trace."""

    def __init__(self) -> None:
        self._first = threading.local()

    def next_is_first_of(self, run_id: uuid.UUID) -> None:
        """The span that this thread starts next is the first one of the run."""
        self._first.run_id = run_id

    def generate_trace_id(self) -> int:
        run_id: uuid.UUID | None = getattr(self._first, "run_id", None)
        return run_id.int if run_id else super().generate_trace_id()

    def generate_span_id(self) -> int:
        run_id: uuid.UUID | None = getattr(self._first, "run_id", None)
        self._first.run_id = None
        return run_id.int & HALF if run_id else super().generate_span_id()


def below_first_span(run_id: uuid.UUID) -> Context:
    """Where the run's other spans hang: below the first one, which another process may have
    written.
    """
    first = trace.SpanContext(
        trace_id=run_id.int,
        span_id=run_id.int & HALF,
        is_remote=True,
        trace_flags=trace.TraceFlags(trace.TraceFlags.SAMPLED),
    )
    return trace.set_span_in_context(trace.NonRecordingSpan(first))
