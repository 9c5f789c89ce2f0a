"""The list of people, and the form that invites one more: read it, call the action, answer."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.admin import AdminSite
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone

from jobs.access.actor import actor_of
from jobs.access.roles import Role
from jobs.actions.people.invitation_mail import link_of, mail_link
from jobs.actions.people.invitations import Invited, invite_person
from jobs.admin.look import paging
from jobs.admin.look.shown_once import shown_once, tell_next_page, told_by_last_page
from jobs.admin.person.listing import people_list, role_choices
from jobs.errors import DomainError, Forbidden, InvalidFields

LINK = "invitation_link"
SEES = "auth.view_user"


def people_page(site: AdminSite, request: HttpRequest) -> HttpResponse:
    """Who is there."""
    actor = actor_of(request)
    actor.require(SEES)
    found = people_list(actor, paging.parameter(request, "q"), timezone.now())
    context = {**site.each_context(request), **found, "title": "People"}
    return TemplateResponse(request, "console/person/list.html", context)


def invite(site: AdminSite, request: HttpRequest) -> HttpResponse:
    """The form; a good POST invites, mails the link if it can, and goes on to the person's page."""
    actor = actor_of(request)
    actor.require("auth.add_user")
    if request.method != "POST":
        return _form(site, request, {}, [])
    try:
        invited = invite_person(
            name=request.POST.get("name", ""),
            email=request.POST.get("email", ""),
            role=request.POST.get("role", ""),
            tags=tags_in(request),
            actor=actor,
            now=timezone.now(),
        )
    except Forbidden:
        raise
    except DomainError as error:
        return _form(
            site,
            request,
            request.POST,
            error.problems if isinstance(error, InvalidFields) else [error],
        )
    return handed_over(request, invited)


def handed_over(request: HttpRequest, invited: Invited) -> HttpResponse:
    """The link is mailed; where it cannot be, the person's page shows it, this once, to whoever
    invites.
    """
    link = link_of(invited, f"{request.scheme}://{request.get_host()}")
    page = reverse("beatwright:person", args=[invited.user.pk])
    unsent = mail_link(invited, link, inviter=actor_of(request).name)
    if unsent:
        told = {"name": invited.user.get_username(), "why": unsent, "link": link}
        return tell_next_page(request, LINK, page, told)
    messages.success(
        request,
        f"Mailed {invited.user.email} a link to choose a password. It is valid for three days.",
    )
    return HttpResponseRedirect(page)


def with_link(request: HttpRequest, response: TemplateResponse) -> HttpResponse:
    """A person's page, with the link that the page before could not mail."""
    told = told_by_last_page(request, LINK)
    if not told:
        return response
    response.context_data = {**(response.context_data or {}), "invited": told}
    return shown_once(response, LINK, request.path)


def tags_in(request: HttpRequest) -> list[str]:
    """Words with commas between them, with or without a #."""
    return [
        tag for text in request.POST.get("tags", "").split(",") if (tag := text.strip().lstrip("#"))
    ]


def _form(
    site: AdminSite, request: HttpRequest, written: Any, problems: list[DomainError]
) -> HttpResponse:
    context = {
        **site.each_context(request),
        "title": "Invite a person",
        "crumbs": [("People", reverse("beatwright:people"))],
        "written": written,
        "problems": {problem.field: problem for problem in problems},
        "roles": role_choices(actor_of(request), written.get("role", Role.VIEWER)),
    }
    return TemplateResponse(
        request, "console/person/invite.html", context, status=422 if problems else 200
    )
