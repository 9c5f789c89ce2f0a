"""Runs whose params name a secret, and all that they leave."""

from __future__ import annotations

from typing import Any

from django_celery_results.models import TaskResult

from jobs.models import Job, Run, RunLog, SecretUse
from tests.integration.execution.delivery import deliver, job_for, published_run

VALUE = "corr3ct-h0rse"
BY_NAME = {"$secret": "db"}


def run_of(function: Any, params: Any = None, **fields: Any) -> Run:
    """A delivered run whose params name the secret ``db``."""
    run = published_run(job_for(function, job={"params": params or {"password": BY_NAME}} | fields))
    deliver(run)
    return run


def all_that_is_left(run: Run) -> str:
    """Every column of everything about the run, as it is stored."""
    tables = [
        Run.objects.filter(pk=run.pk), RunLog.objects.filter(run=run), TaskResult.objects.all(),
        Job.objects.all(),
        SecretUse.objects.all(),
    ]  # fmt: skip
    return "\n".join(str(row) for rows in tables for row in rows.values())
