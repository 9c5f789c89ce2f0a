"""Somebody comes in whom nobody has invited: a provider that the site trusts has said what they may do."""

from __future__ import annotations

import logging
from datetime import datetime

from django.contrib.auth.models import User
from django.db import transaction

from jobs.access import audit
from jobs.access.actor import SYSTEM
from jobs.actions.inviting import new_user, refuse_taken
from jobs.actions.people import described, give, group_of

logger = logging.getLogger(__name__)


def admit_person(*, name: str, email: str, role: str, source: str, now: datetime) -> User:
    """A new account with this role and without a password; raises DomainError naming name, email or role."""
    group = group_of(role, SYSTEM)
    user = new_user(name, email)
    with transaction.atomic():
        refuse_taken(user)
        user.save(force_insert=True)
        give(user, group, ())
        audit.record(SYSTEM, audit.Verb.ADMIT_PERSON, user, now=now, after=described(user), reason=f"by {source}")
    logger.info("person admitted", extra={"person": name, "role": role, "source": source})
    return user
