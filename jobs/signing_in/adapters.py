"""What allauth asks of the site it is in."""

from __future__ import annotations

import base64
import secrets
from hashlib import sha256
from http import HTTPStatus
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from cryptography.fernet import Fernet, InvalidToken
from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse

from jobs.access.address import client_address
from jobs.errors import Forbidden
from jobs.signing_in.asking import BoundedSession
from jobs.signing_in.pages import problem
from jobs.signing_in.welcome import welcome


class AccountAdapter(DefaultAccountAdapter):
    """Nobody signs up; addresses are those that the rest of the site sees."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def get_login_redirect_url(self, request: HttpRequest) -> str:
        return reverse("beatwright:index")

    def get_client_ip(self, request: HttpRequest) -> str:
        return client_address(request)

    def add_message(self, request: HttpRequest, level: int, *words: Any, **options: Any) -> None:
        """The pages themselves say what was done."""


class SocialAdapter(DefaultSocialAccountAdapter):
    """One provider, whose people are let in by ``welcome``."""

    def is_open_for_signup(self, request: HttpRequest, sociallogin: Any) -> bool:
        return False

    def get_requests_session(self) -> BoundedSession:
        return BoundedSession()

    def pre_social_login(self, request: HttpRequest, sociallogin: Any) -> None:
        try:
            welcome(request, sociallogin)
        except Forbidden as refusal:
            raise ImmediateHttpResponse(
                problem(request, str(refusal), HTTPStatus.FORBIDDEN)
            ) from refusal

    def on_authentication_error(self, request: HttpRequest, provider: Any, **told: Any) -> None:
        raise ImmediateHttpResponse(problem(request, what_failed(told), HTTPStatus.BAD_GATEWAY))


class SecondFactorAdapter(DefaultMFAAdapter):
    """Keys of authenticator apps are kept under a key made of SECRET_KEY: a copy of the database
    opens nothing.
    """

    def encrypt(self, text: str) -> str:
        return _fernet().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        """Of what another SECRET_KEY has written, a key that nobody knows: no code fits that."""
        try:
            return _fernet().decrypt(encrypted_text.encode()).decode()
        except InvalidToken:
            return base64.b32encode(secrets.token_bytes(20)).decode()


def what_failed(told: dict[str, Any]) -> str:
    """A sentence for whoever stands at the door; details are for the log."""
    if told.get("error") == "cancelled":
        return "signing in was cancelled at your provider"
    if told.get("exception") is None:
        return "this sign-in was not started in this browser, or took longer than ten minutes"
    return "your provider did not answer, or its answer could not be verified"


def _fernet() -> Fernet:
    return Fernet(
        base64.urlsafe_b64encode(sha256(f"second factor {settings.SECRET_KEY}".encode()).digest())
    )
