"""What the console's sign-in page hands over to once a password was right."""

from __future__ import annotations

from allauth.account.utils import perform_login
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from jobs.models.access.user import User
from jobs.signing_in.oidc import PROVIDER


def second_step(request: HttpRequest, user: User, destination: str) -> HttpResponse:
    """On to the page that asks for a code, of whoever has a second factor; anybody else is signed
    in.
    """
    answer: HttpResponse = perform_login(
        request, user, email_verification="none", redirect_url=destination
    )
    return answer


def single_sign_on_address() -> str:
    """Where a sign-in at the provider begins."""
    return reverse("openid_connect_login", args=[PROVIDER])
