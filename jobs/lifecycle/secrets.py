"""Secrets for a run, as its body starts: read, opened, and recorded before they are handed out.

The run itself says which it was given, in which version; a row for each secret, job and day counts
how often. So an audit needs no entry for every run, and nothing is given out that is not on record.
"""

from __future__ import annotations

from datetime import datetime
from functools import partial

from django.db import transaction
from django.db.models import F

from jobs import conf
from jobs.dispatch.clock import database_now
from jobs.errors import SecretUnavailable
from jobs.lifecycle.claim import Claim
from jobs.lifecycle.connections import LIFECYCLE, persist
from jobs.models import Job, Run, RunState, Secret, SecretUse
from jobs.models.access.secret import is_for
from jobs.sealing import Unreadable, unsealed


def hand_out(claim: Claim, names: list[str]) -> dict[str, str]:
    """The values of these secrets by their names, for the run that this process has claimed.

    Raises SecretUnavailable; waits out a database that does not answer for as long as a lease.
    """
    return persist(partial(_hand_out, claim, names), patience_seconds=conf.get().lease_seconds)


def _hand_out(claim: Claim, names: list[str]) -> dict[str, str]:
    found = Secret.objects.using(LIFECYCLE).in_bulk(names)
    tags = Job.objects.using(LIFECYCLE).values_list("tags", flat=True).get(pk=claim.job_id)
    values = {name: _opened(name, found.get(name), tags) for name in names}
    now = database_now(LIFECYCLE)
    with transaction.atomic(using=LIFECYCLE):
        # In one order, so that nobody waits in a circle.
        _record(claim, sorted(found.values(), key=lambda secret: secret.name), now)
    return values


def _opened(name: str, secret: Secret | None, tags: list[str]) -> str:
    if secret is None:
        raise SecretUnavailable(f"there is no secret {name!r}")
    if not is_for(secret.tags, tags):
        raise SecretUnavailable(
            f"the secret {name!r} is for jobs with one of the tags: {', '.join(secret.tags)}"
        )
    try:
        return unsealed(secret.sealed)
    except Unreadable as error:
        raise SecretUnavailable(f"the secret {name!r} cannot be decrypted: {error}") from None


def _record(claim: Claim, secrets: list[Secret], now: datetime) -> None:
    message = claim.message
    held = Run.objects.using(LIFECYCLE).filter(
        pk=message.run_id,
        state=RunState.RUNNING,
        publish_count=message.publish,
        worker=message.worker,
    )
    if not held.update(secrets={secret.name: secret.version for secret in secrets}):
        raise SecretUnavailable("the run has been taken from this worker")
    for secret in secrets:
        _count(
            SecretUse(
                secret=secret,
                job_id=claim.job_id,
                day=now.date(),
                version=secret.version,
                last_used_at=now,
            )
        )


def _count(use: SecretUse) -> None:
    """One more of it: nearly always a row that is there."""
    uses = SecretUse.objects.using(LIFECYCLE).filter(secret=use.secret, job=use.job_id, day=use.day)
    counted = partial(
        uses.update, count=F("count") + 1, version=use.version, last_used_at=use.last_used_at
    )
    if not counted():
        SecretUse.objects.using(LIFECYCLE).bulk_create([use], ignore_conflicts=True)
        counted()
