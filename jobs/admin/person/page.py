"""One person: what they may do, and what can be done about it."""

from __future__ import annotations

from datetime import datetime
from typing import Any, cast

from django.contrib import messages
from django.contrib.admin import AdminSite
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone

from jobs.access.actor import Actor, actor_of
from jobs.access.people import reaches_person
from jobs.access.sessions.second_factors import are_in_use, who_has_one
from jobs.actions.people.accounts import (
    activate_person,
    change_role,
    deactivate_person,
    require_reach,
)
from jobs.actions.people.invitations import renew_invitation, revoke_invitation
from jobs.actions.people.second_factors import reset_second_factor
from jobs.admin.look.confirming import Confirmation, ask_to_confirm, is_sure
from jobs.admin.look.revealing import reason_in
from jobs.admin.person.doing import as_sentence, back_to_person, done, person_or_404
from jobs.admin.person.listing import person_row, role_choices
from jobs.admin.person.sessions import sessions_of
from jobs.admin.person.views import SEES, handed_over, tags_in, with_link
from jobs.errors import DomainError, Forbidden
from jobs.models.access.user import User
from jobs.queries.access.people import Standing, role_of, standing, tags_limiting

Context = dict[str, Any]


def person_page(site: AdminSite, request: HttpRequest, pk: int) -> HttpResponse:
    """Somebody's page; one's own is open to everybody."""
    user, actor = person_or_404(pk), actor_of(request)
    if user.pk != request.user.pk:
        actor.require(SEES)
    now = timezone.now()
    context = {
        **site.each_context(request),
        **_context(user, actor, now),
        **sessions_of(user, request, now),
    }
    context["title"] = "Your account" if user.pk == request.user.pk else user.get_username()
    if actor.may(SEES):
        context["crumbs"] = [("People", reverse("beatwright:people"))]
    return with_link(request, TemplateResponse(request, "console/person/page.html", context))


def own_page(request: HttpRequest) -> HttpResponse:
    """The way to one's own page that is the same for everybody."""
    return back_to_person(cast("User", request.user).pk)


def set_role(request: HttpRequest, pk: int) -> HttpResponse:
    def act(user: User, actor: Actor, now: datetime) -> str:
        role = request.POST.get("role", "")
        change_role(user, role, tags_in(request), actor=actor, now=now)
        return f"{user} now has the role {role}."

    return done(request, pk, act)


def renew_page(request: HttpRequest, pk: int) -> HttpResponse:
    """Another link, mailed or shown."""
    try:
        invited = renew_invitation(person_or_404(pk), actor=actor_of(request), now=timezone.now())
    except Forbidden:
        raise
    except DomainError as error:
        messages.error(request, as_sentence(error))
        return back_to_person(pk)
    return handed_over(request, invited)


def revoke(request: HttpRequest, pk: int) -> HttpResponse:
    def act(user: User, actor: Actor, now: datetime) -> str:
        revoke_invitation(user, actor=actor, now=now)
        return f"Revoked the link sent to {user}."

    return done(request, pk, act)


def activate(request: HttpRequest, pk: int) -> HttpResponse:
    def act(user: User, actor: Actor, now: datetime) -> str:
        activate_person(user, actor=actor, now=now)
        return f"Activated {user}."

    return done(request, pk, act)


def reset_factor(request: HttpRequest, pk: int) -> HttpResponse:
    def act(user: User, actor: Actor, now: datetime) -> str:
        reset_second_factor(user, actor=actor, now=now)
        return (
            f"Reset the second factor of {user}. They sign in without a code until they set "
            "up another app."
        )

    return done(request, pk, act)


def deactivate(site: AdminSite, request: HttpRequest, pk: int) -> HttpResponse:
    """Asks; POST with ``sure``: deactivate."""
    user = person_or_404(pk)
    if not is_sure(request):
        actor_of(request).require("auth.change_user")
        require_reach(user, actor_of(request))
        crumbs = [
            ("People", reverse("beatwright:people")),
            (user.get_username(), reverse("beatwright:person", args=[pk])),
        ]
        return ask_to_confirm(site, request, deactivation(user), crumbs)

    def act(user: User, actor: Actor, now: datetime) -> str:
        deactivate_person(user, actor=actor, now=now, reason=reason_in(request))
        return f"Deactivated {user}."

    return done(request, pk, act)


def deactivation(user: User) -> Confirmation:
    """What stands before deactivating somebody."""
    return Confirmation(
        title=f"Deactivate {user}?",
        button="Deactivate 1 person",
        action=reverse("beatwright:person_deactivate", args=[user.pk]),
        back=reverse("beatwright:person", args=[user.pk]),
        says=[
            "Their password, sessions, API tokens and invitation stop working immediately.",
            "What they created and did stays under their name. You can activate them again.",
        ],
        reason="optional",
        icon="person_off",
    )


def _context(user: User, actor: Actor, now: datetime) -> Context:
    is_self = user.get_username() == actor.name
    manages = actor.may("auth.change_user") and not is_self and reaches_person(actor, user)
    stands, has_factor = standing(user, now), bool(who_has_one([user]))
    return {
        "person": person_row(user, now, has_factor=has_factor),
        "may_reset": manages and has_factor,
        "second_factor": reverse("mfa_index") if is_self and are_in_use() else "",
        "is_self": is_self,
        "manages": manages,
        "may_set_role": manages and not user.is_superuser,
        "roles": role_choices(actor, role_of(user)) if manages else [],
        "tags": ", ".join(tags_limiting(user) or ()),
        "is_active": user.is_active,
        "may_invite": manages and user.is_active and not user.has_usable_password(),
        "may_revoke": manages and stands is Standing.INVITED,
    }
