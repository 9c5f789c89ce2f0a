"""Sessions of people: how one begins, is kept up, and ends; and what is left of it to say why."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.auth import HASH_SESSION_KEY
from django.contrib.sessions.models import Session
from django.db import transaction
from django.db.models import QuerySet
from django.utils.crypto import constant_time_compare

from jobs import conf
from jobs.models import SignIn, SignInEnd
from jobs.models.access.user import User

SEEN_NOTED_EVERY = timedelta(minutes=1)
KEPT = timedelta(days=30)  # twice as long as a session lasts; the audit keeps them for longer
MOST_AT_ONCE = 1_000


def begin_session(
    user: User, session_key: str, *, address: str, browser: str, now: datetime
) -> SignIn:
    """Write down that a session has begun; twice is once."""
    row = SignIn(user=user, session_id=session_key, started_at=now, seen_at=now)
    row.address, row.browser = address[:45], browser[:300]
    SignIn.objects.bulk_create([row], ignore_conflicts=True)
    return row


def note_seen(sign_in: SignIn, address: str, now: datetime) -> None:
    """That its owner is there, once a minute at the most: of several requests at once, one
    writes.
    """
    if sign_in.seen_at <= now - SEEN_NOTED_EVERY:
        SignIn.objects.filter(pk=sign_in.pk, seen_at=sign_in.seen_at).update(
            seen_at=now, address=address[:45]
        )


def over(sign_in: SignIn, now: datetime) -> SignInEnd | None:
    """Why a session may not go on, if it may not."""
    if now - sign_in.started_at >= timedelta(seconds=settings.SESSION_COOKIE_AGE):
        return SignInEnd.AGE
    idle = timedelta(hours=conf.get().session_idle_hours)
    return SignInEnd.IDLE if idle and now - sign_in.seen_at >= idle else None


def end_sessions(sign_ins: QuerySet[SignIn], why: SignInEnd, *, now: datetime) -> int:
    """End those that have not ended, and their sessions with them; returns how many."""
    with transaction.atomic():
        keys = list(sign_ins.filter(ended_at=None).values_list("session_id", flat=True))
        ended = SignIn.objects.filter(session_id__in=keys, ended_at=None).update(
            ended_at=now, ended_why=why
        )
        Session.objects.filter(session_key__in=keys).delete()
    return ended


def why_over(session_key: str, now: datetime) -> str:
    """Why this session, which opens nothing, was ended: one of SignInEnd; empty where nobody knows.

    One that Django has thrown away by itself was too old, its owner's account is switched off, or
    it was begun with another password.
    """
    row = SignIn.objects.select_related("user").filter(session_id=session_key).first()
    if row is None:
        return ""
    if row.ended_at is None:
        why = over(row, now) or (
            SignInEnd.PASSWORD if row.user.is_active else SignInEnd.DEACTIVATED
        )
        end_sessions(SignIn.objects.filter(pk=row.pk), why, now=now)
        return why
    return row.ended_why


def forget_old(now: datetime) -> int:
    """Delete sessions that have expired, and our rows of those that are long over; returns how
    many, at most 2,000.
    """
    expired = Session.objects.filter(expire_date__lt=now).values_list("pk", flat=True)[
        :MOST_AT_ONCE
    ]
    old = SignIn.objects.filter(started_at__lt=now - KEPT).values_list("pk", flat=True)[
        :MOST_AT_ONCE
    ]
    sessions, _ = Session.objects.filter(pk__in=list(expired)).delete()
    rows, _ = SignIn.objects.filter(pk__in=list(old)).delete()
    return sessions + rows


def open_sessions(user: User, now: datetime) -> list[SignIn]:
    """One query: the sessions of this person that open something, the one last seen first."""
    rows = SignIn.objects.select_related("session").filter(
        user=user, ended_at=None, session__expire_date__gt=now
    )
    return [row for row in rows.order_by("-seen_at") if over(row, now) is None and _fits(row, user)]


def _fits(row: SignIn, user: User) -> bool:
    """Whether the password is still the one with which it began."""
    known = row.session.get_decoded().get(HASH_SESSION_KEY, "")
    return user.is_active and constant_time_compare(known, user.get_session_auth_hash())
