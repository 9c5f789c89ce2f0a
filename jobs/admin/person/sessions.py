"""Sessions on a person's page: where somebody is signed in, and who came in, or tried to, of
late.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse

from jobs.access.actor import Actor
from jobs.access.sessions.sign_ins import open_sessions
from jobs.actions.people.sessions import end_session, sign_out_person
from jobs.admin.audit.listing import audit_row
from jobs.admin.look.browsers import browser_words
from jobs.admin.look.times import Moment, moment
from jobs.admin.person.doing import done
from jobs.models import SignIn
from jobs.models.access.user import User
from jobs.queries.access.people import sign_in_entries


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
        "sessions": [
            session_row(row, request.session.session_key, now) for row in open_sessions(user, now)
        ],
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
        raise Http404("This session does not exist.")

    def act(user: User, actor: Actor, now: datetime) -> str:
        end_session(row, actor=actor, now=now)
        return f"Signed out of {browser_words(row.browser)}."

    return done(request, pk, act)


def end_all(request: HttpRequest, pk: int) -> HttpResponse:
    """All sessions of somebody; of one's own, all but the one that asks."""

    def act(user: User, actor: Actor, now: datetime) -> str:
        ended = sign_out_person(user, actor=actor, now=now, but=request.session.session_key or "")
        return f"Ended {ended} session{'' if ended == 1 else 's'}."

    return done(request, pk, act)
