"""End sessions: one's own, or those of people whom one may touch."""

from __future__ import annotations

import logging
from datetime import datetime

from django.db import transaction

from jobs.access import audit
from jobs.access.actor import Actor
from jobs.access.sessions.sign_ins import end_sessions
from jobs.actions.people.accounts import touched
from jobs.errors import DomainError
from jobs.models import SignIn, SignInEnd
from jobs.models.access.user import User

logger = logging.getLogger(__name__)


def end_session(sign_in: SignIn, *, actor: Actor, now: datetime) -> None:
    """This session opens nothing any more; one's own needs no permission.

    Raises DomainError if it is over already.
    """
    with transaction.atomic():
        _require(sign_in.user, actor)
        if not end_sessions(SignIn.objects.filter(pk=sign_in.pk), SignInEnd.ENDED, now=now):
            raise DomainError("this session has already ended", field="session")
        reason = (
            f"begun {sign_in.started_at:%Y-%m-%d %H:%M} UTC from "
            f"{sign_in.address or 'an unknown address'}"
        )
        audit.record(actor, audit.Verb.END_SESSION, sign_in.user, now=now, reason=reason)


def sign_out_person(user: User, *, actor: Actor, now: datetime, but: str = "") -> int:
    """End all sessions of somebody, but the one with this key; returns how many there were."""
    with transaction.atomic():
        _require(user, actor)
        ended = end_sessions(
            SignIn.objects.filter(user=user).exclude(session_id=but), SignInEnd.ENDED, now=now
        )
        audit.record(actor, audit.Verb.SIGN_OUT_PERSON, user, now=now, after={"sessions": ended})
    logger.info(
        "person signed out",
        extra={"person": user.get_username(), "sessions": ended, "actor": actor.name},
    )
    return ended


def _require(user: User, actor: Actor) -> None:
    """Inside the transaction: whom it concerns stays locked until it is done."""
    if user.get_username() != actor.name:
        actor.require("auth.change_user")
        touched(user, actor)
