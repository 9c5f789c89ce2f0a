"""Make and change a route, with a preview of what it would have sent."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.admin import AdminSite
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from unfold import widgets as unfold

from jobs.access.actor import Actor, actor_of
from jobs.actions.notice.routes import create_route, route_of, update_route
from jobs.admin.job.form import fields as inputs
from jobs.admin.notice.channels import MANAGES
from jobs.errors import DomainError, Forbidden, InvalidFields, RouteNotFound
from jobs.models import AlertKind, Channel, ChannelKind, Route
from jobs.notices.severity import Severity
from jobs.queries.notices.routes import one_route, route_preview, route_rows

NAME = "Letters, digits and _ . : - only. It cannot be changed later."
EMPTY = "Empty takes all."
LISTS = ("jobs", "tags", "owners", "queues")
MINUTES = ("digest_minutes", "escalate_minutes")


def _words(label: str, help_text: str) -> inputs.TagsField:
    widget = inputs.line_widget()
    return inputs.TagsField(label=label, required=False, help_text=help_text, widget=widget)


def _ticks(label: str, choices: Any) -> forms.MultipleChoiceField:
    widget = unfold.UnfoldAdminCheckboxSelectMultipleWidget()
    return forms.MultipleChoiceField(
        label=label, required=False, choices=choices, help_text=EMPTY, widget=widget
    )


def _capitalized(choices: Any) -> list[tuple[str, str]]:
    return [(value, str(label).capitalize()) for value, label in choices]


def _switch(label: str, help_text: str) -> forms.BooleanField:
    widget = unfold.UnfoldBooleanSwitchWidget()
    return forms.BooleanField(
        label=label, required=False, initial=True, help_text=help_text, widget=widget
    )


class RouteForm(forms.Form):
    """``row`` is the stored route as every surface shows it, or None for a new one."""

    name = inputs.text_field("Name", NAME, autofocus="", autocomplete="off", spellcheck="false")
    description = inputs.text_field("Description", "What it is for.", required=False)
    channel = forms.ChoiceField(label="Channel", widget=unfold.UnfoldAdminSelectWidget())
    enabled = _switch("Enabled", "While it is off, no alert takes it.")
    severities = _ticks("Severities", _capitalized(Severity.choices))
    kinds = _ticks("Kinds of alert", _capitalized(AlertKind.choices))
    jobs = _words("Jobs", f"Names of jobs, with commas between them. {EMPTY}")
    tags = _words("Tags", f"Jobs with one of these tags. {EMPTY}")
    owners = _words("Owners", f"Jobs of one of these owners. {EMPTY}")
    queues = _words("Queues", f"Jobs in one of these queues. {EMPTY}")
    recovery = _switch("Report recoveries", "Says when an alert is over, and how long it lasted.")
    quiet = inputs.text_field(
        "Quiet hours",
        "Such as 22:00-07:00. Notices wait until they end.",
        required=False,
    )
    timezone = inputs.text_field("Time zone", "Of the quiet hours and of the times in notices.")
    digest_minutes = inputs.number_field(
        "Digest, minutes", "At most one message in this time; it lists the others."
    )
    escalate_minutes = inputs.number_field(
        "Escalate after, minutes", "If it is not acknowledged by then, another channel gets it."
    )
    escalate_to = forms.ChoiceField(
        label="Escalate to", required=False, widget=unfold.UnfoldAdminSelectWidget()
    )

    def __init__(self, data: Any = None, *, row: dict[str, Any] | None = None) -> None:
        self.row = row
        super().__init__(data, initial=row or {"timezone": "UTC"})
        inputs.keep_stored(self)
        names = Channel.objects.exclude(kind=ChannelKind.HEARTBEAT).order_by("name")
        choices = [(name, name) for name in names.values_list("name", flat=True)]
        self.fields["channel"].choices = choices  # type: ignore[attr-defined]
        self.fields["escalate_to"].choices = [("", "nobody"), *choices]  # type: ignore[attr-defined]
        if row:
            del self.fields["name"]

    def values(self) -> dict[str, Any]:
        """As the action takes them."""
        given = dict(self.cleaned_data)
        return given | {name: given[name] or 0 for name in MINUTES}

    def save(self, *, actor: Actor) -> Route | None:
        """The saved route; None when it could not be, with the problems beside their fields."""
        now = timezone.now()
        if self.row is None:
            return self._try(lambda: create_route(self.values(), actor=actor, now=now))
        name = self.row["name"]
        return self._try(lambda: update_route(name, self.values(), actor=actor, now=now))

    def preview(self) -> str:
        """What it would have sent; empty where it has problems, which stand beside their fields."""
        found = self._try(lambda: route_of(self.values()))
        return route_preview(found, now=timezone.now()).sentence() if found else ""

    def _try(self, make: Any) -> Route | None:
        try:
            made: Route = make()
        except Forbidden:
            raise
        except InvalidFields as error:
            self._add(error.problems)
        except DomainError as error:
            self._add([error])
        else:
            return made
        return None

    def _add(self, problems: list[DomainError]) -> None:
        for problem in problems:
            self.add_error(problem.field if problem.field in self.fields else None, str(problem))


def edit_route(site: AdminSite, request: HttpRequest, name: str = "") -> HttpResponse:
    """The form, of a new route where there is no ``name``; with ``preview`` it says what the route
    would have sent, else a good POST saves and goes back to the list.
    """
    actor = actor_of(request)
    actor.require_everywhere(MANAGES)
    row = _found(name, actor) if name else None
    form = RouteForm(request.POST if request.method == "POST" else None, row=row)
    if form.is_valid() and "preview" in request.POST:
        return _page(site, request, form, form.preview())
    saved = form.save(actor=actor) if form.is_valid() else None
    if saved is None:
        said = route_preview(one_route(name), now=timezone.now()).sentence() if name else ""
        return _page(site, request, form, said if not form.is_bound else "")
    messages.success(request, f"{'Saved' if row else 'Created'} the route {saved.name}.")
    return HttpResponseRedirect(reverse("beatwright:routes"))


def _found(name: str, actor: Actor) -> dict[str, Any]:
    try:
        [row] = route_rows([one_route(name)], actor=actor)
    except RouteNotFound as error:
        raise Http404("This route does not exist.") from error
    return row


def _page(site: AdminSite, request: HttpRequest, form: RouteForm, preview: str) -> HttpResponse:
    context = site.each_context(request) | {
        "title": f"Edit {form.row['name']}" if form.row else "New route",
        "crumbs": [("Routes", reverse("beatwright:routes"))],
        "form": form,
        "legend": "Route",
        "back": reverse("beatwright:routes"),
        "preview": preview,
        "can_preview": True,
    }
    is_wrong = form.is_bound and bool(form.errors)
    return TemplateResponse(
        request, "console/notice/form.html", context, status=422 if is_wrong else 200
    )
