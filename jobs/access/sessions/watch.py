"""Middleware: ends a session that has lasted or idled for too long, and says on the sign-in page
why one is over.

A page that refreshes itself says in UNATTENDED that nobody is there: that keeps no session going.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime
from typing import cast

from django.conf import settings
from django.contrib.auth import logout
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponseBase
from django.urls import reverse
from django.utils import timezone

from jobs.access import audit
from jobs.access.actor import Actor, Surface
from jobs.access.address import client_address
from jobs.access.sessions import sign_ins
from jobs.access.sessions.store import SessionStore
from jobs.models import SignIn, SignInEnd
from jobs.models.access.user import User

logger = logging.getLogger(__name__)

WHY = "signed_out"
TOLD_WITHIN_SECONDS = 3600
UNATTENDED = "X-Unattended"
GetResponse = Callable[[HttpRequest], HttpResponseBase]


def watch_sessions(get_response: GetResponse) -> GetResponse:
    """After Django's middleware for sessions and users.

    Who comes without a session cookie costs nothing.
    """

    def middleware(request: HttpRequest) -> HttpResponseBase:
        key = request.COOKIES.get(settings.SESSION_COOKIE_NAME, "")
        why = _watched(request, key, timezone.now()) if key.isalnum() else ""
        response = get_response(request)
        if why:
            _tell(request, response, why)
        return response

    return middleware


def _watched(request: HttpRequest, key: str, now: datetime) -> str:
    """Why the session that comes with this request is over; empty where it is not, or its owner has
    left it.
    """
    if not request.user.is_authenticated:
        why = sign_ins.why_over(key, now)
        return "" if why == SignInEnd.LEFT else why
    row = _row_of(request, now)
    why_over = sign_ins.over(row, now)
    if why_over is None:
        _note_seen(request, row, now)
        return ""
    _end(request, row, why_over, now)
    return why_over


def _row_of(request: HttpRequest, now: datetime) -> SignIn:
    """Our row, made now for a session that was begun before there were any, or has another key
    since.
    """
    session, user = cast("SessionStore", request.session), cast("User", request.user)
    row, key = session.sign_in, session.session_key or ""
    if row is not None and row.session_id == key:
        return row
    browser = request.headers.get("User-Agent", "")
    try:
        return sign_ins.begin_session(
            user, key, address=client_address(request), browser=browser, now=now
        )
    except DatabaseError as error:
        logger.warning("a session was not written down: %s", error)
        return SignIn(user=user, session_id=key, started_at=now, seen_at=now)


def _note_seen(request: HttpRequest, row: SignIn, now: datetime) -> None:
    """Never fails a page, as the one above: a database that is read-only for a while can still be
    looked at.
    """
    if UNATTENDED in request.headers:
        return
    try:
        sign_ins.note_seen(row, client_address(request), now)
    except DatabaseError as error:
        logger.warning("it was not noted when a session was last seen: %s", error)


def _end(request: HttpRequest, row: SignIn, why: SignInEnd, now: datetime) -> None:
    user = cast("User", request.user)
    if sign_ins.end_sessions(SignIn.objects.filter(pk=row.pk), why, now=now):
        actor = Actor("system", Surface.SYSTEM, address=client_address(request))
        audit.record(actor, audit.Verb.SIGN_OUT, user, now=now, reason=why.label)
    logout(request)


def _tell(request: HttpRequest, response: HttpResponseBase, why: str) -> None:
    response.set_cookie(
        WHY, why, max_age=TOLD_WITHIN_SECONDS, path=reverse("beatwright:login"),
        secure=request.is_secure(),
        httponly=True, samesite="Lax",
    )  # fmt: skip
