"""Make, change and remove a pool: read the form, call the action, answer."""

from __future__ import annotations

from functools import partial
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.admin import AdminSite
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone

from jobs.access.actor import Actor, actor_of
from jobs.actions.pools import create_pool, delete_pool, update_pool
from jobs.admin.job.form import fields as kinds
from jobs.admin.look.confirming import ask_and_remove
from jobs.errors import DomainError, Forbidden, InvalidFields
from jobs.models import Pool
from jobs.queries.pools import find_pool

UNIT = "The total for all its runs, in the same unit as in the jobs. Empty means no limit."


class PoolForm(forms.Form):
    """A pool's fields as texts.

    ``pool`` is the stored one that is edited, or None for a new one.
    """

    name = kinds.text_field(
        "Name",
        "Letters, digits and _ . : - only. It cannot be changed later.",
        autofocus="",
        autocomplete="off",
    )
    description = kinds.text_field("Description", "What the pool represents.", required=False)
    slots = kinds.number_field(
        "Slots", "How many runs can be active at a time. Empty means no limit."
    )
    cpu = kinds.number_field("CPU", UNIT)
    memory = kinds.number_field("Memory", UNIT)
    storage = kinds.number_field("Storage", UNIT)

    def __init__(self, data: Any = None, *, pool: Pool | None = None) -> None:
        self.pool = pool
        super().__init__(
            data, initial={name: getattr(pool, name) for name in self.base_fields} if pool else None
        )
        kinds.keep_stored(self)
        if pool:
            del self.fields["name"]

    def save(self, *, actor: Actor) -> Pool | None:
        """The saved pool; None when it could not be, with the problems beside their fields."""
        try:
            if self.pool is None:
                return create_pool(self.cleaned_data, actor=actor, now=timezone.now())
            return update_pool(self.pool.name, self.cleaned_data, actor=actor, now=timezone.now())
        except Forbidden:
            raise
        except InvalidFields as error:
            self._add(error.problems)
        except DomainError as error:
            self._add([error])
        return None

    def _add(self, problems: list[DomainError]) -> None:
        for problem in problems:
            self.add_error(problem.field if problem.field in self.fields else None, str(problem))


def edit_pool(site: AdminSite, request: HttpRequest, name: str = "") -> HttpResponse:
    """The form, of a new pool where there is no ``name``; a good POST saves and goes back to the
    list.
    """
    actor = actor_of(request)
    actor.require_everywhere("beatwright.manage_pool")
    pool = find_pool(name) if name else None
    if name and pool is None:
        raise Http404("This pool does not exist.")
    form = PoolForm(request.POST if request.method == "POST" else None, pool=pool)
    saved = form.save(actor=actor) if form.is_valid() else None
    if saved is None:
        return _page(site, request, form)
    messages.success(request, f"{'Saved' if pool else 'Created'} the pool {saved.name}.")
    return HttpResponseRedirect(reverse("beatwright:pools"))


def delete_pool_page(site: AdminSite, request: HttpRequest, name: str) -> HttpResponse:
    """Asks; POST with ``sure``: remove the pool."""
    actor = actor_of(request)
    actor.require_everywhere("beatwright.manage_pool")
    if find_pool(name) is None:
        raise Http404("This pool does not exist.")
    return ask_and_remove(
        site,
        request,
        "pool",
        name,
        "This removes its limits. If jobs use the pool, move them to another pool first.",
        partial(delete_pool, name, actor=actor, now=timezone.now()),
    )


def _page(site: AdminSite, request: HttpRequest, form: PoolForm) -> HttpResponse:
    context = {
        **site.each_context(request),
        "title": f"Edit {form.pool.name}" if form.pool else "New pool",
        "crumbs": [("Pools", reverse("beatwright:pools"))],
        "form": form,
    }
    return TemplateResponse(
        request, "console/places/pool.html", context, status=422 if form.is_bound else 200
    )
