"""Reveal a job's secrets: shown once, on the answer to the button that asked for them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from jobs.access.actor import Actor, actor_of
from jobs.actions.masking.reveal import reveal_job
from jobs.admin.look.revealing import indented, reason_in
from jobs.models import Job
from jobs.redaction.redactor import masked


def reveal_url(actor: Actor, job: Job) -> str:
    """Where the button leads; empty for whom may not, and where nothing is hidden."""
    hides = masked([job.params, job.metadata]) != [job.params, job.metadata]
    return (
        reverse("beatwright:beatwright_job_reveal", args=[job.pk])
        if hides and actor.may("beatwright.view_secret")
        else ""
    )


def revealed(request: HttpRequest, job: Job, now: datetime) -> dict[str, Any]:
    """The page's context; raises Forbidden."""
    redactor = reveal_job(job, actor=actor_of(request), now=now, reason=reason_in(request))
    parts = [("Params", redactor.json(job.params)), ("Metadata", redactor.json(job.metadata))]
    return {
        "title": "Secrets revealed",
        "subject": job.name,
        "parts": [(title, indented(value)) for title, value in parts if value],
        "back_url": reverse("beatwright:beatwright_job_detail", args=[job.pk]),
        "history_url": reverse("beatwright:beatwright_job_history", args=[job.pk]),
    }
