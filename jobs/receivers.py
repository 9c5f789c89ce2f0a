"""What other packages tell that the audit should know: who signed in, out, or in vain, and who was
locked out.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from axes.helpers import get_cool_off
from axes.signals import user_locked_out
from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed
from django.http import HttpRequest
from django.utils import timezone

from jobs.access import audit
from jobs.access.actor import Actor, Surface
from jobs.access.address import client_address
from jobs.access.sessions import sign_ins
from jobs.models import AuditEntry, SignIn, SignInEnd
from jobs.models.access.user import User
from jobs.params.limits import UNSTORABLE


def connect_receivers() -> None:
    user_locked_out.connect(note_lock_out, dispatch_uid="jobs.receivers")
    user_logged_in.connect(note_sign_in, dispatch_uid="jobs.receivers")
    user_logged_out.connect(note_sign_out, dispatch_uid="jobs.receivers")
    user_login_failed.connect(note_failure, dispatch_uid="jobs.receivers")


def note_lock_out(request: HttpRequest, username: str | None, **_: object) -> None:
    """One entry for each time that a name is shut out from an address, however often that one tries
    meanwhile.
    """
    name, now = UNSTORABLE.sub("?", username or "")[:100], timezone.now()
    actor = Actor("system", Surface.SYSTEM, address=client_address(request))
    subject = audit.Subject("user", name, name)
    since = now - (get_cool_off(request) or timedelta(hours=1))
    known = AuditEntry.objects.filter(
        target_kind="user", target_id=name, verb=audit.Verb.LOCK_OUT, at__gt=since
    )
    if not known.filter(address=actor.address[:45]).exists():
        reason = "too many wrong passwords for this name from this address"
        audit.record(actor, audit.Verb.LOCK_OUT, subject, now=now, reason=reason)


def note_sign_in(request: HttpRequest, user: User, **_: object) -> None:
    """The session is written down, and where somebody has come in at a door, so is that; old ones
    go.
    """
    now, address, key = timezone.now(), client_address(request), request.session.session_key or ""
    browser = request.META.get("HTTP_USER_AGENT", "")
    sign_ins.begin_session(user, key, address=address, browser=browser, now=now)
    if is_at_door(request):
        sign_ins.forget_old(now)
        audit.record(_person(user, request), audit.Verb.SIGN_IN, user, now=now)


def note_sign_out(request: HttpRequest, user: User | None, **_: object) -> None:
    """One who leaves; a session that was ended for another reason is noted with that."""
    now, key = timezone.now(), request.session.session_key or ""
    if user is not None and sign_ins.end_sessions(
        SignIn.objects.filter(session_id=key), SignInEnd.LEFT, now=now
    ):
        audit.record(_person(user, request), audit.Verb.SIGN_OUT, user, now=now)


def note_failure(
    credentials: dict[str, Any], request: HttpRequest | None = None, **_: object
) -> None:
    """A name that nobody has is not written down: it may be a password that slipped into the wrong
    field.

    Tries while somebody is locked out are in the entry that says so.
    """
    if request is None or getattr(request, "axes_locked_out", False):
        return
    name = UNSTORABLE.sub("?", str(credentials.get("username", "")))[:150]
    user = User.objects.filter(username=name).first()
    subject: User | audit.Subject = user or audit.Subject("user", "", "a name that nobody has")
    actor = Actor("system", Surface.SYSTEM, address=client_address(request))
    audit.record(actor, audit.Verb.SIGN_IN_FAILED, subject, now=timezone.now())


def is_at_door(request: HttpRequest) -> bool:
    """Whether somebody has sent this request: not so where a program signs somebody in by
    itself.
    """
    return bool(request.method)


def _person(user: User, request: HttpRequest) -> Actor:
    return Actor(user.get_username(), Surface.CONSOLE, address=client_address(request))
