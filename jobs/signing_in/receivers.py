"""What allauth tells: a second factor was set up, removed or used, or somebody came from the
provider.
"""

from __future__ import annotations

from typing import Any

from allauth.account.signals import user_logged_in
from allauth.mfa import signals
from django.http import HttpRequest
from django.utils import timezone

from jobs.access import audit
from jobs.access.actor import Actor, Surface
from jobs.access.address import client_address
from jobs.models.access.user import User
from jobs.signing_in.required import PASSED


def connect() -> None:
    signals.authenticator_added.connect(note_added, dispatch_uid=__name__)
    signals.authenticator_removed.connect(note_removed, dispatch_uid=__name__)
    signals.authenticator_reset.connect(note_added, dispatch_uid=__name__)
    signals.authenticator_used.connect(remember, dispatch_uid=__name__)
    user_logged_in.connect(remember_provider, dispatch_uid=__name__)


def note_added(request: HttpRequest, user: User, authenticator: Any, **_: object) -> None:
    request.session[PASSED] = user.pk
    _note(request, user, audit.Verb.SET_UP_SECOND_FACTOR, authenticator)


def note_removed(request: HttpRequest, user: User, authenticator: Any, **_: object) -> None:
    request.session.pop(PASSED, None)
    _note(request, user, audit.Verb.REMOVE_SECOND_FACTOR, authenticator)


def remember(request: HttpRequest, user: User, **_: object) -> None:
    request.session[PASSED] = user.pk


def remember_provider(
    request: HttpRequest, user: User, sociallogin: Any = None, **_: object
) -> None:
    """Whoever comes from the provider has been asked there for what it asks."""
    if sociallogin is not None:
        request.session[PASSED] = user.pk


def _note(request: HttpRequest, user: User, verb: audit.Verb, authenticator: Any) -> None:
    actor = Actor(user.get_username(), Surface.CONSOLE, address=client_address(request))
    audit.record(actor, verb, user, now=timezone.now(), reason=authenticator.get_type_display())
