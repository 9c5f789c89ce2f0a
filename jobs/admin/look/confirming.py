"""One question before what cannot be taken back: what it is done to, to how many, and why.

A link with ``data-ask`` shows it beside its button; without JavaScript it is a page. Its button
says the number, and only a POST with ``sure`` does the deed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.contrib.admin import AdminSite
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse

from jobs.errors import DomainError, Forbidden

ASKS_IN_A_POPUP = "X-Popup"
NAMED = 20


@dataclass(frozen=True)
class Confirmation:
    """``button`` names the deed and the number; ``says``: sentences on what happens; ``named``:
    what it is done to.

    ``reason``: "" where none is recorded, else "needed" or "optional". ``fields`` come back with
    the POST.
    """

    title: str
    button: str
    action: str
    back: str
    says: Sequence[str] = ()
    named: Sequence[str] = ()
    reason: str = ""
    written: str = ""
    fields: Sequence[tuple[str, str]] = ()
    icon: str = "delete"
    problem: str = ""

    @property
    def shown(self) -> Sequence[str]:
        return self.named[:NAMED]

    @property
    def rest(self) -> int:
        """How many are not named."""
        return max(0, len(self.named) - NAMED)


def is_sure(request: HttpRequest) -> bool:
    """Whether the question was asked and answered."""
    return request.method == "POST" and "sure" in request.POST


def ask_to_confirm(
    site: AdminSite,
    request: HttpRequest,
    question: Confirmation,
    crumbs: Sequence[tuple[str, str]] = (),
) -> HttpResponse:
    """The question, as a page or beside its button."""
    context: dict[str, Any] = {"confirm": question}
    if ASKS_IN_A_POPUP in request.headers:
        return TemplateResponse(request, "console/parts/confirm.html", context)
    context |= site.each_context(request) | {"title": question.title, "crumbs": crumbs}
    return TemplateResponse(
        request, "console/confirm.html", context, status=422 if question.problem else 200
    )


def ask_and_remove(
    site: AdminSite,
    request: HttpRequest,
    noun: str,
    name: str,
    says: str,
    remove: Callable[[], object],
) -> HttpResponse:
    """Ask; once it is sure, remove one thing of a noun (``pool``, say, whose list is ``pools``),
    say so, and go back to the list.

    Raises Forbidden; what else speaks against it is told above the list.
    """
    question = Confirmation(
        title=f"Remove the {noun} {name}?",
        button=f"Remove 1 {noun}",
        action=reverse(f"beatwright:{noun}_delete", args=[name]),
        back=reverse(f"beatwright:{noun}s"),
        says=[says],
    )
    if not is_sure(request):
        return ask_to_confirm(site, request, question, [(f"{noun}s".capitalize(), question.back)])
    try:
        remove()
        messages.success(request, f"Removed the {noun} {name}.")
    except Forbidden:
        raise
    except DomainError as error:
        messages.error(request, f"{name}: {error}")
    return HttpResponseRedirect(question.back)
