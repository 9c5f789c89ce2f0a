"""The indexes by which people find runs; how each is used: jobs/queries/runs/leads.py."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import F, Q

from jobs.models.states import RunState

# The ends that a job's runs seldom come to, and that people look for.
RARE_ENDS = (RunState.FAILED, RunState.TIMED_OUT, RunState.CANCELLED, RunState.SKIPPED)


class ErrorClass(models.Func):
    """What an error's text begins with, up to the colon: ``TimeoutError`` of ``TimeoutError: db2``.

    The colon is part of the text, as SQLite finds no index by an expression with a parameter.
    """

    output_field = models.TextField()

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> Any:
        template = "SUBSTR(%(expressions)s, 1, INSTR(%(expressions)s || ':', ':') - 1)"
        return self.as_sql(compiler, connection, template=template, **context)

    def as_postgresql(self, compiler: Any, connection: Any, **context: Any) -> Any:
        template = "SPLIT_PART(%(expressions)s, ':', 1)"
        return self.as_sql(compiler, connection, template=template, **context)


FINDING_INDEXES: tuple[models.Index, ...] = (
    models.Index(F("job"), F("id").desc(), name="run_by_job"),
    # State and trigger have a few known values: where one is not asked for, each of them is looked
    # up, so that these answer any combination.
    models.Index(F("state"), F("trigger"), F("id").desc(), name="run_by_state"),
    models.Index(F("queue"), F("state"), F("trigger"), F("id").desc(), name="run_by_queue"),
    models.Index(
        F("worker"),
        F("state"),
        F("trigger"),
        F("id").desc(),
        condition=Q(worker__gt=""),
        name="run_by_worker",
    ),
    models.Index(
        F("fingerprint"),
        F("id").desc(),
        condition=Q(fingerprint__gt=""),
        name="run_by_fingerprint",
    ),
    models.Index(
        ErrorClass("error"), F("id").desc(), condition=Q(error__gt=""), name="run_by_error"
    ),
    models.Index(
        F("job"),
        F("state"),
        F("id").desc(),
        condition=Q(state__in=RARE_ENDS),
        name="run_rare_by_job",
    ),
)
