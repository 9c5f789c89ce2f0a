"""The one way to a channel: whatever happens there comes back as an answer."""

from __future__ import annotations

import logging
from datetime import datetime

from jobs.models import Channel, ChannelKind
from jobs.notices.channels.answer import Answered, in_one_line
from jobs.notices.channels.apprise_way import send_by_apprise
from jobs.notices.channels.mail import send_mail_notice
from jobs.notices.channels.message import Message
from jobs.notices.channels.over_http import requested
from jobs.notices.channels.signed_webhook import send_webhook
from jobs.notices.channels.target import Target, target_of
from jobs.sealing import Unreadable

logger = logging.getLogger(__name__)


def send(channel: Channel, message: Message, *, seconds: float, now: datetime) -> Answered:
    """Try once, for at most about so many seconds; never raises."""
    try:
        target = target_of(channel)
    except Unreadable as error:
        return Answered(False, f"its address cannot be decrypted: {error}")
    try:
        answer = _send(channel, message, target, seconds, now)
    except Exception as error:  # noqa: BLE001 - of any library; it is the answer
        # The text of an error of a library may repeat the address.
        logger.warning("channel %s: %s", channel.name, type(error).__name__)
        return Answered(False, f"it could not be sent: {type(error).__name__}")
    return Answered(
        answer.is_sent, _hidden(answer.text, target), answer.retry_after, answer.is_gone
    )


def ping(channel: Channel, *, seconds: float) -> Answered:
    """GET a heartbeat's address; never raises."""
    message = Message("", "heartbeat", "", "", {}, "")
    return send(channel, message, seconds=seconds, now=channel.updated_at)


def _send(
    channel: Channel, message: Message, target: Target, seconds: float, now: datetime
) -> Answered:
    match channel.kind:
        case ChannelKind.EMAIL:
            return send_mail_notice(message, target, seconds=seconds)
        case ChannelKind.WEBHOOK:
            return send_webhook(message, target, seconds=seconds, now=now)
        case ChannelKind.APPRISE:
            return send_by_apprise(message, target, seconds=seconds)
        case _:
            return requested("GET", target.address, {}, None, seconds=seconds)


def _hidden(text: str, target: Target) -> str:
    """Without the address and the key, wherever a server or a library repeats them."""
    for secret in (target.address, target.key):
        text = text.replace(secret, "***") if secret else text
    return in_one_line(text)
