"""Reveal a run's secrets: shown once, on the answer to the button that asked for them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from django.http import HttpRequest
from django.urls import reverse

from jobs.access.actor import actor_of
from jobs.actions.masking.reveal import reveal_run
from jobs.admin.look.revealing import indented, reason_in
from jobs.admin.run.log import shown_attempt
from jobs.models import Run
from jobs.queries.fields import attempt_fields, attempts_of
from jobs.queries.runs.log import log_of
from jobs.redaction.redactor import Redactor


def revealed(request: HttpRequest, run: Run, now: datetime) -> dict[str, object]:
    """The page's context: two queries beside the entry; raises Forbidden."""
    redactor = reveal_run(run, actor=actor_of(request), now=now, reason=reason_in(request))
    return {
        "title": "Secrets revealed",
        "subject": f"{run.job.name}, run {str(run.pk)[-8:]}",
        "parts": [
            (title, text)
            for title, text in _parts(run, shown_attempt(request, run), redactor)
            if text
        ],
        "back_url": reverse("beatwright:beatwright_run_change", args=[run.pk]),
        "history_url": reverse("beatwright:beatwright_job_history", args=[run.job_id]),
    }


def _parts(run: Run, shown: int, redactor: Redactor) -> Iterator[tuple[str, str]]:
    yield "Params", indented(redactor.json(run.params))
    for fields in (attempt_fields(row, redactor) for row in attempts_of(run)):
        if fields["attempt"] == shown:
            yield (
                f"Result of attempt {shown}",
                indented(fields["result"]) if fields["result"] is not None else "",
            )
            yield f"Traceback of attempt {shown}", fields["traceback"] or ""
    log = log_of(run, shown, redactor).tail()
    yield f"Log of attempt {shown}, its end", "\n".join(line.text for line in log.lines)
