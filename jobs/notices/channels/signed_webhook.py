"""Webhooks as Standard Webhooks has them: an id, a time and a signature over both and the body."""

from __future__ import annotations

import base64
import hmac
import json
from datetime import datetime
from hashlib import sha256

from jobs.notices.channels.answer import Answered
from jobs.notices.channels.message import Message
from jobs.notices.channels.over_http import requested
from jobs.notices.channels.target import Target, key_bytes


def send_webhook(message: Message, target: Target, *, seconds: float, now: datetime) -> Answered:
    """One POST; any answer of 2xx means that it has arrived."""
    body = json.dumps({"type": message.type, "timestamp": message.at, "data": message.data})
    headers = signed_headers(message.id, body, target.key, now) | {
        "content-type": "application/json"
    }
    return requested("POST", target.address, headers, body, seconds=seconds)


def signed_headers(message_id: str, body: str, key: str, now: datetime) -> dict[str, str]:
    """The three headers of Standard Webhooks."""
    stamp = str(int(now.timestamp()))
    return {
        "webhook-id": message_id,
        "webhook-timestamp": stamp,
        "webhook-signature": f"v1,{signature_of(message_id, stamp, body.encode(), key)}",
    }


def signature_of(message_id: str, stamp: str, body: bytes, key: str) -> str:
    signed = f"{message_id}.{stamp}.".encode() + body
    return base64.b64encode(hmac.new(key_bytes(key), signed, sha256).digest()).decode()
