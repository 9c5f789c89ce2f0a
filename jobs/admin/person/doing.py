"""What a button of a person's page does: the action, a message of what came of it, and the page
again.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone

from jobs.access.actor import Actor, actor_of
from jobs.errors import DomainError, Forbidden, NotFound
from jobs.models.access.user import User
from jobs.queries.access.people import find_person

Act = Callable[[User, Actor, datetime], str]


def done(request: HttpRequest, pk: int, act: Act) -> HttpResponse:
    """Do it to this person, say so, and go back to their page."""
    try:
        messages.success(request, act(person_or_404(pk), actor_of(request), timezone.now()))
    except Forbidden:
        raise
    except DomainError as error:
        messages.error(request, as_sentence(error))
    return back_to_person(pk)


def person_or_404(pk: int) -> User:
    try:
        return find_person(pk)
    except NotFound:
        raise Http404("This person does not exist.") from None


def back_to_person(pk: int) -> HttpResponse:
    return HttpResponseRedirect(reverse("beatwright:person", args=[pk]))


def as_sentence(error: DomainError) -> str:
    """Its words, which begin like a name or in the middle of a sentence, as one."""
    words = str(error)
    return f"{words[:1].upper()}{words[1:]}."
