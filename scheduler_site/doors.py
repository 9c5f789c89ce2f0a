"""What the site is made of besides where SECOND_FACTOR or OIDC_ISSUER is set: django-allauth, which
is an extra.
"""

from __future__ import annotations

from importlib.util import find_spec
from typing import Any

from django.core.exceptions import ImproperlyConfigured

from jobs.access.roles import Role
from scheduler_site.config import Config

APPS = (
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "jobs.signing_in",
)
MIDDLEWARE = (
    "allauth.account.middleware.AccountMiddleware",
    "jobs.signing_in.required.require_second_factor",
)


def are_wanted(config: Config) -> bool:
    """Whether either is switched on; raises ImproperlyConfigured for what is missing to it."""
    if config.second_factor == "off" and not config.oidc_issuer:
        return False
    if find_spec("allauth") is None:
        why = "SECOND_FACTOR" if config.second_factor != "off" else "OIDC_ISSUER"
        raise ImproperlyConfigured(
            f"{why}: needs django-allauth (pip install -r requirements-people.txt)."
        )
    if config.oidc_issuer and not (config.oidc_client_id and config.oidc_client_secret):
        raise ImproperlyConfigured(
            "OIDC_ISSUER: OIDC_CLIENT_ID and OIDC_CLIENT_SECRET are needed too."
        )
    if unknown := set(config.oidc_roles.values()) - set(Role):
        raise ImproperlyConfigured(
            f"OIDC_ROLES: {', '.join(sorted(unknown))} is none of {', '.join(Role)}."
        )
    if config.oidc_follow_roles and not config.oidc_roles:
        raise ImproperlyConfigured(
            "OIDC_FOLLOW_ROLES: without OIDC_ROLES it would take everybody's role away."
        )
    return True


def providers(config: Config) -> dict[str, Any]:
    """allauth's SOCIALACCOUNT_PROVIDERS: ours, if there is one."""
    if not config.oidc_issuer:
        return {}
    app = {
        "provider_id": "oidc",
        "name": config.oidc_name,
        "client_id": config.oidc_client_id,
        "secret": config.oidc_client_secret,
        "settings": {"server_url": config.oidc_issuer.rstrip("/")},
    }
    return {"openid_connect": {"provider_class": "jobs.signing_in.oidc.Provider", "APPS": [app]}}
