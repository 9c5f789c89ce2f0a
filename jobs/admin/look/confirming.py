"""One question before what cannot be taken back: what it is done to, to how many, and why.

A link with ``data-ask`` shows it beside its button; without JavaScript it is a page. Its button
says the number, and only a POST with ``sure`` does the deed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib.admin import AdminSite
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse

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
