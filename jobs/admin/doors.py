"""The ways in beside a password, where they are switched on: a second step, and single sign-on."""

from __future__ import annotations

from typing import Any, cast

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser
from django.http import HttpRequest, HttpResponse, QueryDict
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.module_loading import import_string
from unfold.forms import AuthenticationForm

from jobs import conf
from jobs.models.access.user import User

DOOR = "jobs.signing_in.door"


class HandedOver(Exception):
    """The password was right; ``answer`` is what the next step says."""

    def __init__(self, answer: HttpResponse) -> None:
        self.answer = answer


class HandingOver(AuthenticationForm):
    """Django's form, which hands over where Django would sign in."""

    def confirm_login_allowed(self, user: AbstractBaseUser) -> None:
        super().confirm_login_allowed(user)
        request = cast("HttpRequest", self.request)
        second_step = import_string(f"{DOOR}.second_step")
        raise HandedOver(second_step(request, cast("User", user), destination(request)))


def is_extended() -> bool:
    """Whether django-allauth is a part of the site."""
    return "jobs.signing_in" in settings.INSTALLED_APPS


def single_sign_on() -> dict[str, Any] | None:
    """Its button on the sign-in page, if there is a provider."""
    if not conf.get().oidc_issuer:
        return None
    return {
        "name": conf.get().oidc_name,
        "address": import_string(f"{DOOR}.single_sign_on_address")(),
    }


def destination(request: HttpRequest) -> str:
    """The page that was asked for before one had to sign in; the first page, unless it is one of
    ours.
    """
    sent: QueryDict = request.POST if "next" in request.POST else request.GET
    wanted = sent.get("next", "")
    is_ours = url_has_allowed_host_and_scheme(
        wanted, {request.get_host()}, require_https=request.is_secure()
    )
    return wanted if is_ours else reverse("beatwright:index")
