"""What other packages tell that the audit should know: somebody was shut out after too many wrong passwords."""

from __future__ import annotations

from datetime import timedelta

from axes.helpers import get_cool_off
from axes.signals import user_locked_out
from django.http import HttpRequest
from django.utils import timezone

from jobs.access import audit
from jobs.access.actor import Actor, Surface
from jobs.access.address import client_address
from jobs.dispatch.limits import UNSTORABLE
from jobs.models import AuditEntry


def connect() -> None:
    user_locked_out.connect(note_lock_out, dispatch_uid="jobs.receivers")


def note_lock_out(request: HttpRequest, username: str | None, **_: object) -> None:
    """One entry for each time that a name is shut out from an address, however often that one tries meanwhile."""
    name, now = UNSTORABLE.sub("?", username or "")[:100], timezone.now()
    actor = Actor("system", Surface.SYSTEM, address=client_address(request))
    subject = audit.Subject("user", name, name)
    since = now - (get_cool_off(request) or timedelta(hours=1))
    known = AuditEntry.objects.filter(target_kind="user", target_id=name, verb=audit.Verb.LOCK_OUT, at__gt=since)
    if not known.filter(address=actor.address[:45]).exists():
        reason = "too many wrong passwords for this name from this address"
        audit.record(actor, audit.Verb.LOCK_OUT, subject, now=now, reason=reason)
