"""Let somebody in again who has lost their second factor: they set up another one at their next
sign-in.
"""

from __future__ import annotations

import logging
from datetime import datetime

from django.db import transaction

from jobs.access import audit
from jobs.access.actor import Actor
from jobs.access.sessions.second_factors import authenticators
from jobs.actions.people.accounts import touched
from jobs.models.access.user import User

logger = logging.getLogger(__name__)


def reset_second_factor(user: User, *, actor: Actor, now: datetime) -> int:
    """Forget the app and the recovery codes of somebody; returns how many of these there were, none
    is no error.

    One's own is removed on one's own page, where it has to be shown first.
    """
    actor.require("auth.change_user")
    with transaction.atomic():
        user = touched(user, actor)
        rows = authenticators()
        removed = 0 if rows is None else rows.filter(user_id=user.pk).delete()[0]
        audit.record(actor, audit.Verb.RESET_SECOND_FACTOR, user, now=now)
    logger.info("second factor reset", extra={"person": user.get_username(), "actor": actor.name})
    return removed
