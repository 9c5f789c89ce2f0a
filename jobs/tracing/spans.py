"""From events to spans: plan, publish, claim, body, finish."""

from __future__ import annotations

import sys
import uuid
from collections.abc import Sequence
from traceback import format_exc
from typing import TYPE_CHECKING, Any

from opentelemetry import context, trace
from opentelemetry.trace import Status, StatusCode

from jobs import events
from jobs.logs import context as log_context
from jobs.tracing.ids import RunIds, below_first_span

if TYPE_CHECKING:
    from jobs.dispatch.messages.outgoing import Outgoing

NAME = "jobs.tracing"
About = dict[str, str | int]


class Spans:
    """Listens for as long as the process lives.

    The body's span is the current one while the body runs.
    """

    def __init__(self, tracer: trace.Tracer, ids: RunIds) -> None:
        self.tracer, self.ids = tracer, ids
        self._body: tuple[trace.Span, Any] | None = None  # a pool child runs one body at a time

    def listen(self) -> None:
        for signal, receiver in (
            (events.runs_planned, self.planned),
            (events.runs_published, self.published),
            (events.run_claimed, self.claimed),
            (events.body_began, self.body_began),
            (events.body_ended, self.body_ended),
            (events.attempt_ended, self.finished),
        ):
            signal.connect(receiver, weak=False, dispatch_uid=NAME)

    def planned(self, *, runs: Sequence[Outgoing], began_ns: int, **_: object) -> None:
        """The first span of each run."""
        for run in runs:
            self.ids.next_is_first_of(run.id)
            about = _of_run(run) | {"beatwright.trigger": str(run.trigger)}
            span = self.tracer.start_span(
                "plan", context.Context(), start_time=began_ns, attributes=about
            )
            span.end()

    def published(self, *, runs: Sequence[Outgoing], began_ns: int, **_: object) -> None:
        for run in runs:
            self._write(
                "publish",
                run.id,
                began_ns,
                _of_run(run) | {"beatwright.publish": run.publish_count},
            )

    def claimed(
        self, *, run_id: uuid.UUID, attempt: int, worker: str, began_ns: int, **_: object
    ) -> None:
        about = _of_attempt(run_id, attempt) | {"beatwright.worker": worker}
        self._write("claim", run_id, began_ns, about)

    def body_began(self, *, claim: Any, **_: object) -> None:
        """From here on, whatever the body traces lies below this span."""
        about = {
            "beatwright.run_id": str(claim.message.run_id),
            "beatwright.job": claim.message.job_name,
            "beatwright.task": claim.message.task_name,
            "beatwright.attempt": claim.attempt,
        }
        span = self.tracer.start_span(
            "body", below_first_span(claim.message.run_id), attributes=about
        )
        self._body = span, context.attach(trace.set_span_in_context(span))

    def body_ended(self, *, claim: Any, **_: object) -> None:
        if self._body is None:
            return
        (span, token), self._body = self._body, None
        if error := sys.exception():
            # Exporters send it away.
            redactor = log_context.redactor()
            about = {
                "exception.message": redactor.text(str(error)),
                "exception.stacktrace": redactor.text(format_exc()),
            }
            span.record_exception(error, about)
            span.set_status(Status(StatusCode.ERROR, type(error).__name__))
        context.detach(token)
        span.end()

    def finished(
        self, *, run_id: uuid.UUID, attempt: int, state: str, began_ns: int, **_: object
    ) -> None:
        about = _of_attempt(run_id, attempt) | {"beatwright.state": str(state)}
        self._write("finish", run_id, began_ns, about)

    def _write(self, name: str, run_id: uuid.UUID, began_ns: int, about: About) -> None:
        self.tracer.start_span(
            name, below_first_span(run_id), start_time=began_ns, attributes=about
        ).end()


def _of_attempt(run_id: uuid.UUID, attempt: int) -> About:
    return {"beatwright.run_id": str(run_id), "beatwright.attempt": attempt}


def _of_run(run: Outgoing) -> About:
    return {
        "beatwright.run_id": str(run.id),
        "beatwright.job": run.job_name,
        "beatwright.task": run.task,
        "beatwright.queue": run.queue,
    }
