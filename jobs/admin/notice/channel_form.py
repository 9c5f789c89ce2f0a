"""Make and change a channel: read the form, call the action, answer. No answer holds an address
or a key that is in use.
"""

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
from jobs.actions.notice.channels import create_channel, update_channel
from jobs.admin.job.form import fields as kinds
from jobs.admin.look.revealing import never_stored
from jobs.admin.notice.channels import MANAGES
from jobs.errors import ChannelNotFound, DomainError, Forbidden, InvalidFields
from jobs.models import Channel, ChannelKind
from jobs.queries.notices.channels import one_channel

NAME = "Letters, digits and _ . : - only. It cannot be changed later."
ADDRESS = "Stored encrypted and never shown again."
KEY = "For webhooks only: signs each message (Standard Webhooks). Stored encrypted."
STAYS = "Leave empty to keep it."
KINDS = [
    (ChannelKind.EMAIL, "Email: addresses with commas between them"),
    (ChannelKind.WEBHOOK, "Webhook: a URL that gets signed JSON"),
    (ChannelKind.APPRISE, "Apprise: Slack, Teams, PagerDuty, Telegram, ntfy and others"),
    (ChannelKind.HEARTBEAT, "Heartbeat: a URL called every minute while the scheduler works"),
]


class UnshownLine(unfold.UnfoldAdminTextInputWidget):
    """A text that is never sent back, not even to who has just written it."""

    def format_value(self, value: Any) -> str:
        return ""


def _unshown(label: str, help_text: str, **options: Any) -> forms.CharField:
    attrs = {"autocomplete": "off", "spellcheck": "false", "autocapitalize": "off"}
    return forms.CharField(
        label=label, help_text=help_text, widget=UnshownLine(attrs=attrs), **options
    )


class ChannelForm(forms.Form):
    """``channel`` is the stored one that is edited, or None for a new one."""

    name = kinds.text_field("Name", NAME, autofocus="", autocomplete="off", spellcheck="false")
    kind = forms.ChoiceField(label="Kind", choices=KINDS, widget=unfold.UnfoldAdminSelectWidget())
    address = _unshown("Address", ADDRESS)
    key = _unshown("Signing key", KEY, required=False)
    description = kinds.text_field("Description", "Who reads it.", required=False)
    enabled = forms.BooleanField(
        label="Enabled",
        required=False,
        initial=True,
        help_text="While it is off, notices to it are dropped.",
        widget=unfold.UnfoldBooleanSwitchWidget(),
    )

    def __init__(self, data: Any = None, *, channel: Channel | None = None) -> None:
        self.channel = channel
        kept = {"description": channel.description, "enabled": channel.enabled} if channel else None
        super().__init__(data, initial=kept)
        kinds.keep_stored(self)
        if channel:
            del self.fields["name"], self.fields["kind"]
            self.fields["address"].required = False
            self.fields["address"].help_text = f"Now {channel.shown}. {STAYS}"
            self.fields["key"].help_text = f"{KEY} {STAYS}"

    def save(self, *, actor: Actor) -> Channel | None:
        """The saved channel; None when it could not be, with the problems beside their fields."""
        try:
            return self._save(actor)
        except Forbidden:
            raise
        except InvalidFields as error:
            self._add(error.problems)
        except DomainError as error:
            self._add([error])
        return None

    def _save(self, actor: Actor) -> Channel:
        values = dict(self.cleaned_data)
        if self.channel is None:
            return create_channel(values, actor=actor, now=timezone.now())
        unsaid = {name for name in ("address", "key") if not values[name]}
        given = {name: value for name, value in values.items() if name not in unsaid}
        return update_channel(self.channel.name, given, actor=actor, now=timezone.now())

    def _add(self, problems: list[DomainError]) -> None:
        for problem in problems:
            self.add_error(problem.field if problem.field in self.fields else None, str(problem))


def edit_channel(site: AdminSite, request: HttpRequest, name: str = "") -> HttpResponse:
    """The form, of a new channel where there is no ``name``; a good POST saves and goes back to
    the list.
    """
    actor = actor_of(request)
    actor.require_everywhere(MANAGES)
    channel = _found(name) if name else None
    form = ChannelForm(request.POST if request.method == "POST" else None, channel=channel)
    saved = form.save(actor=actor) if form.is_valid() else None
    if saved is None:
        return never_stored(_page(site, request, form))
    done = f"{'Saved' if channel else 'Created'} the channel {saved.name}. Send a test to try it."
    messages.success(request, done)
    return HttpResponseRedirect(reverse("beatwright:channels"))


def _found(name: str) -> Channel:
    try:
        return one_channel(name)
    except ChannelNotFound as error:
        raise Http404("This channel does not exist.") from error


def _page(site: AdminSite, request: HttpRequest, form: ChannelForm) -> HttpResponse:
    context = site.each_context(request) | {
        "title": f"Edit {form.channel.name}" if form.channel else "New channel",
        "crumbs": [("Channels", reverse("beatwright:channels"))],
        "form": form,
        "legend": "Channel",
        "back": reverse("beatwright:channels"),
        "help": "Address and key were not kept, so enter them again.",
    }
    return TemplateResponse(
        request, "console/notice/form.html", context, status=422 if form.is_bound else 200
    )
