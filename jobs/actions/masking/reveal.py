"""Reveal: who may see secrets says that they want to, and the audit says that they did.

What leaves is the open redactor, with which the queries show what is stored.
"""

from __future__ import annotations

import logging
from datetime import datetime

from django.db.models import Model

from jobs.access import audit
from jobs.access.actor import Actor
from jobs.errors import DomainError
from jobs.models import Job, Run
from jobs.params.limits import UNSTORABLE
from jobs.redaction.redactor import OPEN, Redactor

logger = logging.getLogger(__name__)

REASON_MOST = 500
EVERYTHING = audit.Subject("file", "", "an export of all jobs")


def reveal_job(job: Job, *, actor: Actor, now: datetime, reason: str = "") -> Redactor:
    """Let the actor see the secrets in a job's params and metadata."""
    actor.require("beatwright.view_secret", job)
    return _reveal(audit.Verb.REVEAL_JOB, job, actor, now, reason)


def reveal_run(run: Run, *, actor: Actor, now: datetime, reason: str = "") -> Redactor:
    """Let the actor see the secrets in a run's params, results, errors and log."""
    actor.require("beatwright.view_secret", run.job)
    return _reveal(audit.Verb.REVEAL_RUN, run, actor, now, reason)


def reveal_all(*, actor: Actor, now: datetime, reason: str = "") -> Redactor:
    """Let the actor have the secrets of all jobs in an export."""
    actor.require_everywhere("beatwright.view_secret")
    return _reveal(audit.Verb.REVEAL_ALL, EVERYTHING, actor, now, reason)


def _reveal(
    verb: audit.Verb, target: Model | audit.Subject, actor: Actor, now: datetime, reason: str
) -> Redactor:
    if len(reason) > REASON_MOST or UNSTORABLE.search(reason):
        raise DomainError(
            f"must have at most {REASON_MOST} characters, all of them storable", field="reason"
        )
    audit.record(actor, verb, target, now=now, reason=reason.strip())
    logger.info(
        "secrets revealed", extra={"actor": actor.name, "verb": verb, "target": str(target)}
    )
    return OPEN
