"""Django's sessions in the database, each read together with our row about it: no request costs a
query more.

``SESSION_ENGINE`` names this module. The class keeps Django's name, which is a part of what signs a
session's data.
"""

from __future__ import annotations

from django.contrib.sessions.backends import db
from django.contrib.sessions.models import Session
from django.core.exceptions import SuspiciousOperation
from django.utils import timezone

from jobs.models import SignIn


class SessionStore(db.SessionStore):
    """``sign_in`` is our row, once the session has been read; None where it has none yet."""

    sign_in: SignIn | None = None

    def _get_session_from_db(self) -> Session | None:
        """What Django's own does, with the row beside it."""
        if not (self.session_key or "").isalnum():
            self._session_key = (
                None  # no key of Django's: a NUL, which no database takes, may be in it
            )
            return None
        alive = Session.objects.select_related("sign_in").filter(expire_date__gt=timezone.now())
        try:
            found = alive.get(session_key=self.session_key)
        except (Session.DoesNotExist, SuspiciousOperation):
            self._session_key = None
            return None
        self.sign_in = getattr(found, "sign_in", None)
        return found
