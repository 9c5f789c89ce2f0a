"""The second step, held to the same locks as the first: wrong codes and wrong passwords are counted
together.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from allauth.core import context
from allauth.core.internal.cryptokit import compare_user_code
from allauth.mfa.base.forms import AuthenticateForm, ReauthenticateForm
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import (
    format_hotp_value,
    hotp_value,
    yield_hotp_counters_from_time,
)
from allauth.mfa.utils import decrypt
from axes.handlers.proxy import AxesProxyHandler
from django import forms
from django.contrib.auth.signals import user_login_failed
from django.db import transaction

from jobs.access.address import client_address
from jobs.access.rates import count_login

LAST_STEP = "last_step"


class SecondStep(AuthenticateForm):
    """At the sign-in page."""

    def clean_code(self) -> str:
        return checked(self, super().clean_code)


class SecondStepAgain(ReauthenticateForm):
    """Before somebody who is signed in changes how they sign in."""

    def clean_code(self) -> str:
        return checked(self, super().clean_code)


def checked(form: AuthenticateForm, look: Callable[[], str]) -> str:
    """The code, if it fits and has not been used; a wrong one counts like a wrong password."""
    request, credentials = context.request, {"username": form.user.get_username()}
    rate = count_login(client_address(request), now=time.time())
    if (rate and rate.is_exceeded) or not AxesProxyHandler.is_allowed(request, credentials):
        raise forms.ValidationError("Too many wrong codes or passwords. Try again later.")
    try:
        code = look()
        _use_up(form.authenticator, code)
    except forms.ValidationError:
        user_login_failed.send(sender=__name__, credentials=credentials, request=request)
        raise
    return code


def _use_up(authenticator: Authenticator, code: str) -> None:
    """A code of an app works once, and none older than it, whichever process is asked.

    allauth remembers used codes for each process by itself.
    """
    if authenticator.type != Authenticator.Type.TOTP:
        return
    step = _step_of(decrypt(authenticator.data["secret"]), code)
    with transaction.atomic():
        row = Authenticator.objects.select_for_update().get(pk=authenticator.pk)
        if step <= row.data.get(LAST_STEP, -1):
            raise forms.ValidationError("This code has been used. Wait for the next one.")
        row.data[LAST_STEP] = step
        row.save(update_fields=["data"])


def _step_of(secret: str, code: str) -> int:
    """Which of the moments that are allowed for the code belongs to."""
    codes = {
        step: format_hotp_value(hotp_value(secret, step))
        for step in yield_hotp_counters_from_time()
    }
    return max(
        (step for step, one in codes.items() if compare_user_code(actual=code, expected=one)),
        default=-1,
    )
