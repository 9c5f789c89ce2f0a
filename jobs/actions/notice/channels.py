"""Make, change, test and remove channels. Their addresses and keys come in here, and leave
sealed.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.db import transaction

from jobs import conf
from jobs.access import audit
from jobs.access.actor import Actor
from jobs.definition.checking import QUEUE_ALLOWED, QUEUE_RULE
from jobs.definition.storable import refuse_unknown, unfit_text
from jobs.errors import ChannelNotFound, DomainError, InvalidFields, NameTaken, UnknownWord
from jobs.models import Channel, ChannelKind, Notice, NoticeState
from jobs.models.ids import new_id
from jobs.notices.channels.answer import Answered
from jobs.notices.channels.apprise_way import refuse_unknown_service
from jobs.notices.channels.message import trial_message
from jobs.notices.channels.sending import send
from jobs.notices.channels.target import Target, shown_address, target_of, target_problems
from jobs.notices.settling import note_answer
from jobs.sealing import Unreadable

logger = logging.getLogger(__name__)

MANAGE = "beatwright.manage_channel"
MOST_CHANNELS = 200
LONGEST_DESCRIPTION = 500
EDITABLE = frozenset({"address", "key", "description", "enabled"})
TRIAL_SECONDS = 10.0


class InvalidChannel(InvalidFields):
    """A channel that cannot be saved."""


def create_channel(values: dict[str, Any], *, actor: Actor, now: datetime) -> Channel:
    """A new channel from name, kind, address, key, description and enabled; at most 200.

    Raises InvalidChannel, NameTaken, or DomainError for an unknown field.
    """
    actor.require_everywhere(MANAGE)
    refuse_unknown(values, EDITABLE | {"name", "kind"}, "a channel")
    channel = Channel(
        name=values.get("name", ""), kind=values.get("kind", ""),
        description=values.get("description", ""), enabled=values.get("enabled", True),
        created_at=now, created_by=actor.name[:150], updated_at=now, updated_by=actor.name[:150],
    )  # fmt: skip
    _aim(channel, Target(values.get("address", ""), values.get("key", "")))
    with transaction.atomic():
        if Channel.objects.count() >= MOST_CHANNELS:
            raise DomainError(f"there can be at most {MOST_CHANNELS} channels", field="name")
        _insert(channel)
        audit.record(
            actor, audit.Verb.CREATE_CHANNEL, channel, now=now, after=channel_facts(channel)
        )
    logger.info("channel created", extra={"channel": channel.name, "actor": actor.name})
    return channel


def update_channel(name: str, values: dict[str, Any], *, actor: Actor, now: datetime) -> Channel:
    """Change a channel; an address or key that is left out stays.

    Raises ChannelNotFound, InvalidChannel, or DomainError for an unknown field.
    """
    actor.require_everywhere(MANAGE)
    refuse_unknown(values, EDITABLE, "a channel")
    with transaction.atomic():
        channel = _locked(name)
        before = channel_facts(channel)
        for field in ("description", "enabled"):
            setattr(channel, field, values.get(field, getattr(channel, field)))
        _aim(channel, _new_target(channel, values))
        moves = not {"address", "key"}.isdisjoint(values)
        if moves:
            channel.failing_since = None
        channel.updated_at, channel.updated_by = now, actor.name[:150]
        channel.save()
        after = channel_facts(channel) | ({"address": "changed"} if moves else {})
        audit.record(actor, audit.Verb.UPDATE_CHANNEL, channel, now=now, before=before, after=after)
    logger.info("channel updated", extra={"channel": name, "actor": actor.name})
    return channel


def delete_channel(name: str, *, actor: Actor, now: datetime) -> None:
    """Remove a channel, and drop what waits for it; raises ChannelNotFound, or DomainError while
    routes lead to it.
    """
    actor.require_everywhere(MANAGE)
    with transaction.atomic():
        channel = _locked(name)
        routes = [*channel.routes.all(), *channel.escalated_routes.all()]
        if routes:
            names = ", ".join(sorted({route.name for route in routes})[:10])
            hint = "give these routes another channel first"
            raise DomainError(f"in use by routes: {names}", field="channel", hint=hint)
        waiting = Notice.objects.filter(channel=channel, state=NoticeState.WAITING)
        waiting.update(state=NoticeState.DROPPED, answer="The channel was removed.")
        audit.record(
            actor, audit.Verb.DELETE_CHANNEL, channel, now=now, before=channel_facts(channel)
        )
        channel.delete()
    logger.info("channel deleted", extra={"channel": name, "actor": actor.name})


def try_channel(name: str, *, actor: Actor, now: datetime) -> Answered:
    """Send a test now, and answer what the channel said; raises ChannelNotFound."""
    actor.require_everywhere(MANAGE)
    channel = _known(name)
    message = trial_message(name, f"test-{new_id()}", now)
    seconds = min(TRIAL_SECONDS, conf.get().notice_send_seconds)
    answer = send(channel, message, seconds=seconds, now=now)
    with transaction.atomic():
        note_answer(name, answer, now=now)
        audit.record(actor, audit.Verb.TRY_CHANNEL, channel, now=now, after={"answer": answer.text})
    return answer


def channel_facts(channel: Channel) -> dict[str, Any]:
    """What the audit says of a channel: nothing of its address but what everybody may see."""
    return {
        "kind": channel.kind,
        "leads_to": channel.shown,
        "description": channel.description,
        "enabled": channel.enabled,
    }


def _aim(channel: Channel, target: Target) -> None:
    """Check the channel and where it is to lead, and seal that; raises InvalidChannel."""
    if problems := list(_problems(channel, target)):
        raise InvalidChannel(problems)
    if channel.kind == ChannelKind.APPRISE:
        refuse_unknown_service(target.address)
    channel.sealed = target.sealed()
    channel.shown = shown_address(channel.kind, target.address)[:500]


def _problems(channel: Channel, target: Target) -> Iterator[DomainError]:
    if not QUEUE_ALLOWED.fullmatch(str(channel.name)):
        yield DomainError(QUEUE_RULE, field="name")
    yield from unfit_text("description", channel.description, LONGEST_DESCRIPTION)
    if not isinstance(channel.enabled, bool):
        yield DomainError("must be true or false", field="enabled")
    if channel.kind not in ChannelKind.values:
        yield UnknownWord(str(channel.kind), ChannelKind.values, field="kind")
    texts = [("address", target.address), ("key", target.key)]
    unfit = [problem for name, text in texts for problem in unfit_text(name, text, None)]
    yield from unfit
    if not unfit and channel.kind in ChannelKind.values:
        yield from target_problems(channel.kind, target)


def _new_target(channel: Channel, values: dict[str, Any]) -> Target:
    """What was given, and else what is stored; raises DomainError where no key opens that."""
    if {"address", "key"} <= values.keys():
        return Target(values["address"], values["key"])
    try:
        kept = target_of(channel)
    except Unreadable as error:
        hint = "enter address and key again"
        raise DomainError(f"cannot be decrypted: {error}", field="address", hint=hint) from None
    return Target(values.get("address", kept.address), values.get("key", kept.key))


def _insert(channel: Channel) -> None:
    kept = {field.attname: getattr(channel, field.attname) for field in Channel._meta.fields}
    _, is_new = Channel.objects.get_or_create(name=kept.pop("name"), defaults=kept)
    if not is_new:
        raise NameTaken(f"another channel already has the name {channel.name!r}", field="name")


def _locked(name: str) -> Channel:
    _known(name)
    return Channel.objects.select_for_update().get(name=name)


def _known(name: str) -> Channel:
    found = Channel.objects.filter(name=name).first() if QUEUE_ALLOWED.fullmatch(name) else None
    if found is None:
        raise ChannelNotFound(f"there is no channel {name[:100]!r}", field="channel")
    return found
