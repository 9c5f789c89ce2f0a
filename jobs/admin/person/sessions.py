"""Sessions on a person's page: where somebody is signed in, and who came in, or tried to, of late."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.contrib.auth.models import User
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone

from jobs.access.actor import actor_of
from jobs.access.sign_ins import open_sessions
from jobs.actions.signing_out import end_session, sign_out_person
from jobs.admin.audit.listing import audit_row
from jobs.admin.look.browsers import browser_words
from jobs.admin.look.times import Moment, moment
from jobs.errors import DomainError, Forbidden
from jobs.models import SignIn
from jobs.queries.people import sign_in_entries


@dataclass(frozen=True)
class SessionRow:
    id: uuid.UUID
    browser: str
    agent: str
    address: str
    started: Moment
    seen: Moment
    is_this: bool


def sessions_of(user: User, request: HttpRequest, now: datetime) -> dict[str, Any]:
    """The page's context: two queries."""
    return {
        "sessions": [session_row(row, request.session.session_key, now) for row in open_sessions(user, now)],
        "entries": [audit_row(entry, now) for entry in sign_in_entries(user)],
    }


def session_row(row: SignIn, this: str | None, now: datetime) -> SessionRow:
    return SessionRow(
        id=row.pk,
        browser=browser_words(row.browser),
        agent=row.browser,
        address=row.address,
        started=moment(row.started_at, now),
        seen=moment(row.seen_at, now),
        is_this=row.session_id == this,
    )


def end_one(request: HttpRequest, pk: int, session: uuid.UUID) -> HttpResponse:
    row = SignIn.objects.select_related("user").filter(pk=session, user_id=pk).first()
    if row is None:
        raise Http404("There is no such session.")
    try:
        end_session(row, actor=actor_of(request), now=timezone.now())
        messages.success(request, f"Signed out of {browser_words(row.browser)}.")
    except Forbidden:
        raise
    except DomainError as error:
        messages.error(request, f"{str(error).capitalize()}.")
    return HttpResponseRedirect(reverse("admin:person", args=[pk]))


def end_all(request: HttpRequest, pk: int) -> HttpResponse:
    """All sessions of somebody; of one's own, all but the one that asks."""
    user = User.objects.filter(pk=pk).first()
    if user is None:
        raise Http404("There is no such person.")
    this = request.session.session_key or ""
    ended = sign_out_person(user, actor=actor_of(request), now=timezone.now(), but=this)
    messages.success(request, f"Ended {ended} session{'' if ended == 1 else 's'}.")
    return HttpResponseRedirect(reverse("admin:person", args=[pk]))
