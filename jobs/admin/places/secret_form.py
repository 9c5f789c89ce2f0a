"""Make, change and remove a secret: read the form, call the action, answer.

No answer holds a value.
"""

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
from unfold import widgets as unfold

from jobs.access.actor import Actor, actor_of
from jobs.actions.secrets import create_secret, delete_secret, update_secret
from jobs.admin.job.form import fields as kinds
from jobs.admin.look.confirming import ask_and_remove
from jobs.admin.look.revealing import never_stored
from jobs.admin.places.secrets import MANAGES, READS, secret_row
from jobs.errors import DomainError, Forbidden, InvalidFields, SecretNotFound
from jobs.models import Secret
from jobs.queries.access.secrets import SecretUsage, secret_usage

NAME = (
    "Letters, digits and _ . : - only. Jobs refer to it by this name, which cannot be "
    "changed later."
)
TAGS = "Only jobs with one of these tags can use it. Empty means every job."
VALUE = "One or more lines, up to 64 KB. It is stored encrypted and never shown again."
STAYS = "Leave empty to keep the value. Every run that starts from now on gets the new value."


class Unshown(unfold.UnfoldAdminTextareaWidget):
    """A text of several lines that is never sent back, not even to who has just written it."""

    def format_value(self, value: Any) -> str:
        return ""


class ValueField(forms.CharField):
    """A text as it is, but for the line ends that browsers send."""

    def __init__(self, **options: Any) -> None:
        attrs = {"rows": "4", "autocomplete": "off", "spellcheck": "false", "autocapitalize": "off"}
        super().__init__(
            label="Value", help_text=VALUE, strip=False, widget=Unshown(attrs=attrs), **options
        )

    def to_python(self, value: Any) -> Any:
        return (super().to_python(value) or "").replace("\r\n", "\n")


class SecretForm(forms.Form):
    """``secret`` is the stored one that is edited, or None for a new one."""

    name = kinds.text_field("Name", NAME, autofocus="", autocomplete="off", spellcheck="false")
    description = kinds.text_field(
        "Description", "What it gives access to and where it comes from.", required=False
    )
    tags = kinds.TagsField(
        label="Tags",
        required=False,
        help_text=TAGS,
        widget=kinds.line_widget(placeholder="fin, ops"),
    )
    value = ValueField()

    def __init__(self, data: Any = None, *, secret: Secret | None = None) -> None:
        self.secret = secret
        kept = {"description": secret.description, "tags": secret.tags} if secret else None
        super().__init__(data, initial=kept)
        kinds.keep_stored(self)
        if secret:
            del self.fields["name"]
            value = self.fields["value"]
            value.label, value.help_text, value.required = "New value", STAYS, False

    def save(self, *, actor: Actor) -> Secret | None:
        """The saved secret; None when it could not be, with the problems beside their fields."""
        try:
            return self._save(actor)
        except Forbidden as error:
            if not actor.may(MANAGES):
                raise
            self.add_error("tags", str(error))
        except InvalidFields as error:
            self._add(error.problems)
        except DomainError as error:
            self._add([error])
        return None

    def _save(self, actor: Actor) -> Secret:
        written = dict(self.cleaned_data)
        if self.secret is None:
            return create_secret(written, actor=actor, now=timezone.now())
        if not written["value"]:
            del written["value"]
        return update_secret(self.secret.name, written, actor=actor, now=timezone.now())

    def _add(self, problems: list[DomainError]) -> None:
        for problem in problems:
            self.add_error(problem.field if problem.field in self.fields else None, str(problem))


def edit_secret(site: AdminSite, request: HttpRequest, name: str = "") -> HttpResponse:
    """The form, of a new secret where there is no ``name``; a good POST saves and goes back to the
    list.
    """
    actor = actor_of(request)
    actor.require(MANAGES)
    usage = _found(name, actor) if name else None
    form = SecretForm(
        request.POST if request.method == "POST" else None, secret=usage.secret if usage else None
    )
    saved = form.save(actor=actor) if form.is_valid() else None
    if saved is None:
        return never_stored(_page(site, request, form, usage))
    messages.success(request, f"{'Saved' if usage else 'Created'} the secret {saved.name}.")
    return HttpResponseRedirect(reverse("beatwright:secrets"))


def secret_page(site: AdminSite, request: HttpRequest, name: str) -> HttpResponse:
    """What is known of one, and the jobs that name it."""
    actor = actor_of(request)
    actor.require(READS)
    usage = _found(name, actor)
    context = {
        "title": name,
        "crumbs": [("Secrets", reverse("beatwright:secrets"))],
        "can_manage": actor.may(MANAGES),
    }
    context |= _used(usage) | {"row": secret_row(usage, timezone.now()), "secret": usage.secret}
    return TemplateResponse(
        request, "console/places/secret.html", site.each_context(request) | context
    )


def delete_secret_page(site: AdminSite, request: HttpRequest, name: str) -> HttpResponse:
    """Asks; POST with ``sure``: remove the secret."""
    actor = actor_of(request)
    actor.require(MANAGES)
    _found(name, actor)
    return ask_and_remove(
        site,
        request,
        "secret",
        name,
        "This permanently deletes its value. A secret that jobs use cannot be removed.",
        partial(delete_secret, name, actor=actor, now=timezone.now()),
    )


def _found(name: str, actor: Actor) -> SecretUsage:
    try:
        return secret_usage(name, actor=actor, now=timezone.now())
    except SecretNotFound as error:
        raise Http404("This secret does not exist.") from error


def _used(usage: SecretUsage) -> dict[str, Any]:
    return {"used_by": usage.used_by, "unseen": usage.jobs - len(usage.used_by)}


def _page(
    site: AdminSite, request: HttpRequest, form: SecretForm, usage: SecretUsage | None
) -> HttpResponse:
    title = f"Edit {usage.secret.name}" if usage else "New secret"
    crumbs = [("Secrets", reverse("beatwright:secrets"))]
    context = site.each_context(request) | {"title": title, "crumbs": crumbs, "form": form}
    return TemplateResponse(
        request, "console/places/secret_form.html", context, status=422 if form.is_bound else 200
    )
