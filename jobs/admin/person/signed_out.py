"""Why somebody stands before the sign-in page again, in a sentence."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from jobs import conf
from jobs.access.sessions.watch import WHY
from jobs.models import SignInEnd
from jobs.words import duration


def why_signed_out(request: HttpRequest) -> str:
    """The sentence for what the request before left in a cookie; empty where it left nothing that
    is known.
    """
    sentences = {
        SignInEnd.IDLE: f"You were signed out after {_idle()} without activity.",
        SignInEnd.AGE: f"You were signed out because a session lasts at most {_days()} days.",
        SignInEnd.PASSWORD: "You were signed out because your password was changed.",
        SignInEnd.ENDED: "You were signed out because you or an administrator ended your session.",
        SignInEnd.DEACTIVATED: "You were signed out because your account was deactivated.",
    }
    why = request.COOKIES.get(WHY, "")
    return sentences[SignInEnd(why)] if why in set(sentences) else ""


def forget_why(response: HttpResponse) -> HttpResponse:
    """It is said once."""
    response.delete_cookie(WHY, path=reverse("beatwright:login"))
    return response


def _days() -> int:
    return int(settings.SESSION_COOKIE_AGE // 86_400)


def _idle() -> str:
    return duration(conf.get().session_idle_hours * 3600)
