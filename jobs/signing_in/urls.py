"""allauth's addresses, of which the console uses these alone: nobody signs up here or asks for a
new password.
"""

from __future__ import annotations

from allauth.account.views import account_inactive, reauthenticate
from allauth.mfa.base import views as base
from allauth.mfa.recovery_codes import views as recovery_codes
from allauth.mfa.totp import views as totp
from django.urls import URLPattern, path

from jobs.signing_in import views
from jobs.signing_in.pages import dressed

HERE = "second-factor/"

urlpatterns: list[URLPattern] = [
    path(HERE, dressed(base.index, "Second factor"), name="mfa_index"),
    path(f"{HERE}code/", dressed(base.authenticate, "One more step"), name="mfa_authenticate"),
    path(
        f"{HERE}confirm/",
        dressed(base.reauthenticate, "Confirm that it’s you"),
        name="mfa_reauthenticate",
    ),
    path(
        f"{HERE}password/",
        dressed(reauthenticate, "Confirm that it’s you"),
        name="account_reauthenticate",
    ),
    path(
        f"{HERE}set-up/",
        dressed(totp.activate_totp, "Set up a second factor"),
        name="mfa_activate_totp",
    ),
    path(
        f"{HERE}remove/",
        dressed(totp.deactivate_totp, "Remove the second factor"),
        name="mfa_deactivate_totp",
    ),
    path(
        f"{HERE}recovery/",
        dressed(recovery_codes.view_recovery_codes, "Recovery codes"),
        name="mfa_view_recovery_codes",
    ),
    path(
        f"{HERE}recovery/new/",
        dressed(recovery_codes.generate_recovery_codes, "New recovery codes"),
        name="mfa_generate_recovery_codes",
    ),
    path("oidc/<slug:provider_id>/", views.begin_sign_in, name="openid_connect_login"),
    path("oidc/<slug:provider_id>/callback/", views.callback, name="openid_connect_callback"),
    path("deactivated/", dressed(account_inactive, "Deactivated"), name="account_inactive"),
    path("sign-in/", views.to_sign_in, name="account_login"),
    path("sign-out/", views.to_sign_in, name="account_logout"),
    path("sign-up/", views.to_sign_in, name="account_signup"),
    path("cancelled/", views.to_sign_in, name="socialaccount_login_cancelled"),
]
