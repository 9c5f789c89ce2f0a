"""The two ends of a sign-in at the provider.

Whatever the provider does, one gets a page with a sentence.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from http import HTTPStatus

import jwt
import requests
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from allauth.socialaccount.providers.oauth2.views import OAuth2CallbackView, OAuth2LoginView
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from jobs.signing_in.adapters import what_failed
from jobs.signing_in.oidc import PROVIDER, Adapter
from jobs.signing_in.pages import problem

logger = logging.getLogger(__name__)

# What garbage makes of code that expects a provider's documents.
GARBAGE = (
    requests.RequestException,
    OAuth2Error,
    jwt.PyJWTError,
    LookupError,
    TypeError,
    ValueError,
    AttributeError,
)


def begin_sign_in(request: HttpRequest, provider_id: str) -> HttpResponse:
    """On to the provider."""
    return _within(
        request, lambda: OAuth2LoginView.adapter_view(Adapter(request, PROVIDER))(request)
    )


def callback(request: HttpRequest, provider_id: str) -> HttpResponse:
    """Back from it."""
    return _within(
        request, lambda: OAuth2CallbackView.adapter_view(Adapter(request, PROVIDER))(request)
    )


def to_sign_in(request: HttpRequest, **_: object) -> HttpResponse:
    """allauth's own names for pages that the console has under others, or has not."""
    return HttpResponseRedirect(reverse("beatwright:login"))


def _within(request: HttpRequest, act: Callable[[], HttpResponse]) -> HttpResponse:
    try:
        return act()
    except ImmediateHttpResponse as answer:
        return answer.response
    except GARBAGE as error:
        logger.warning("signing in at the provider failed: %s: %s", type(error).__name__, error)
        return problem(request, what_failed({"exception": error}), HTTPStatus.BAD_GATEWAY)
