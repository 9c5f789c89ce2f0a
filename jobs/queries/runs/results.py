"""What came of a run."""

from __future__ import annotations

from typing import Any

from jobs.models import Run
from jobs.queries.fields import attempt_fields, attempts_of, json_fields
from jobs.redaction.redactor import redactor_of


def result_fields(run: Run) -> dict[str, Any]:
    """One query: the last attempt's result, or its traceback, beside the run's state and error, as
    JSON values.
    """
    redactor = redactor_of(run.params)
    attempts = attempts_of(run)
    last = (
        attempt_fields(attempts[-1], redactor) if attempts else {"result": None, "traceback": None}
    )
    named = {
        "id": run.pk,
        "state": run.state,
        "attempt": run.attempt,
        "error": redactor.text(run.error),
    }
    outcome = {"result": last["result"], "traceback": last["traceback"]}
    return json_fields(named | outcome | {"finished_at": run.finished_at})
