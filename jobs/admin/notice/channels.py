"""The channels: where each leads, how it does, and a test of each."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import partial

from django.contrib import messages
from django.contrib.admin import AdminSite
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone

from jobs.access.actor import actor_of
from jobs.actions.notice.channels import delete_channel, try_channel
from jobs.admin.look.badges import Badge
from jobs.admin.look.confirming import ask_and_remove
from jobs.admin.look.times import Moment, moment
from jobs.errors import ChannelNotFound
from jobs.models import Channel
from jobs.queries.notices.channels import all_channels, one_channel

READS, MANAGES = "beatwright.view_channel", "beatwright.manage_channel"
WORKS = Badge("works", "check_circle", "good", "its latest notice was delivered")
FAILS = Badge("fails", "error", "bad", "its latest notice was not delivered")
UNTRIED = Badge("not tried yet", "pending", "neutral", "nothing has been sent to it")
OFF = Badge("off", "notifications_off", "warn", "notices to it are dropped")
ICONS = {"email": "mail", "webhook": "webhook", "apprise": "forum", "heartbeat": "ecg_heart"}


@dataclass(frozen=True)
class ChannelRow:
    name: str
    kind: str
    icon: str
    leads_to: str
    description: str
    badge: Badge
    answer: str
    tried: Moment
    waiting: str


def channels_page(site: AdminSite, request: HttpRequest) -> HttpResponse:
    """Two queries, whatever there is."""
    actor = actor_of(request)
    actor.require(READS)
    now = timezone.now()
    context = {
        "title": "Channels",
        "rows": [channel_row(channel, now) for channel in all_channels()],
        "can_manage": actor.may_everywhere(MANAGES),
    }
    return TemplateResponse(
        request, "console/notice/channels.html", site.each_context(request) | context
    )


def channel_row(channel: Channel, now: datetime) -> ChannelRow:
    return ChannelRow(
        name=channel.name,
        kind=channel.kind,
        icon=ICONS[channel.kind],
        leads_to=channel.shown,
        description=channel.description,
        badge=_badge(channel),
        answer=channel.answer,
        tried=moment(channel.tried_at, now, absent="nothing has been sent to it"),
        waiting=f"{getattr(channel, 'waiting', 0):,}",
    )


def test_now(request: HttpRequest, name: str) -> HttpResponse:
    """Send a test, and show what the channel said."""
    actor = actor_of(request)
    actor.require_everywhere(MANAGES)
    _found(name)
    answer = try_channel(name, actor=actor, now=timezone.now())
    if answer.is_sent:
        messages.success(request, f"{name} took the test. It answered: {answer.text}")
    else:
        messages.error(request, f"The test did not reach {name}: {answer.text}")
    return HttpResponseRedirect(reverse("beatwright:channels"))


def delete_channel_page(site: AdminSite, request: HttpRequest, name: str) -> HttpResponse:
    """Asks; POST with ``sure``: remove the channel."""
    actor = actor_of(request)
    actor.require_everywhere(MANAGES)
    _found(name)
    return ask_and_remove(
        site,
        request,
        "channel",
        name,
        "This permanently deletes its address and drops the notices that wait for it.",
        partial(delete_channel, name, actor=actor, now=timezone.now()),
    )


def _badge(channel: Channel) -> Badge:
    if not channel.enabled:
        return OFF
    if channel.failing_since:
        return FAILS
    return WORKS if channel.tried_at else UNTRIED


def _found(name: str) -> None:
    try:
        one_channel(name)
    except ChannelNotFound as error:
        raise Http404("This channel does not exist.") from error
