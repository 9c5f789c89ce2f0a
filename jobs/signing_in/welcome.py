"""Whom the provider sends, and whether they may come in: by the identity that is known, else by a
verified address.
"""

from __future__ import annotations

from typing import Any

from allauth.socialaccount.models import SocialAccount
from django.http import HttpRequest
from django.utils import timezone

from jobs import conf
from jobs.access.roles import Role
from jobs.actions.people.admission import admit_person, follow_role
from jobs.actions.people.invitations import invitation_is_used
from jobs.errors import DomainError, Forbidden
from jobs.models.access.user import User

Claims = dict[str, Any]


def welcome(request: HttpRequest, login: Any) -> None:
    """Link the identity to a person if it is not, and make that person where a claim gives a role.

    Raises Forbidden with a sentence for whoever may not come in.
    """
    claims: Claims = login.account.extra_data.get("userinfo", {})
    email = verified_address(claims)
    _check_domain(email)
    user = login.user if login.is_existing else _known(email, claims) or _new(email, claims)
    if not user.is_active:
        raise Forbidden("your account is deactivated", hint="ask an administrator to activate it")
    if conf.get().oidc_follow_roles:
        _follow(user, role_in(claims))
    if not login.is_existing:
        login.connect(request, user)
        invitation_is_used(user, now=timezone.now())


def verified_address(claims: Claims) -> str:
    """The address, in small letters, if the provider says that it is verified; else nothing."""
    is_verified = claims.get("email_verified") in (True, "true")
    return str(claims.get("email", "")).lower() if is_verified else ""


def role_in(claims: Claims) -> str:
    """The most that the configured claim gives; empty where it gives none."""
    held = claims.get(conf.get().oidc_role_claim, [])
    words = {held} if isinstance(held, str) else {word for word in held if isinstance(word, str)}
    given = {role for word, role in conf.get().oidc_roles.items() if word in words}
    return next((role.value for role in reversed(Role) if role in given), "")


def _follow(user: User, role: str) -> None:
    """Let the claim decide what somebody may do here; raises Forbidden where it gives nothing."""
    follow_role(user, role, source=f"by {conf.get().oidc_name}", now=timezone.now())
    if not (role or user.is_superuser):
        raise Forbidden(
            "your provider does not give you a role here", hint="ask the people who run it"
        )


def _check_domain(email: str) -> None:
    if conf.get().oidc_domains and email.rpartition("@")[2] not in conf.get().oidc_domains:
        domains = ", ".join(conf.get().oidc_domains)
        raise Forbidden(f"only people with a verified email address at {domains} can sign in here")


def _known(email: str, claims: Claims) -> User | None:
    """The person with this address; raises Forbidden where they are linked to another identity
    already.

    An address may be given to somebody else one day, an identity is not.
    """
    user = (
        User.objects.filter(email__iexact=email).order_by("-is_active").first() if email else None
    )
    if user is not None and SocialAccount.objects.filter(user=user).exists():
        raise Forbidden(
            f"{user} signs in with another identity of your provider", hint="ask an administrator"
        )
    return user


def _new(email: str, claims: Claims) -> User:
    role = role_in(claims)
    if not (email and role):
        raise Forbidden(
            "no account here matches a verified email address of yours",
            hint="ask an administrator to invite you",
        )
    try:
        return admit_person(
            name=email, email=email, role=role, source=conf.get().oidc_name, now=timezone.now()
        )
    except DomainError as error:
        raise Forbidden(
            f"your account could not be created ({error})",
            hint="ask an administrator to invite you",
        ) from error
