"""Where a channel leads: what people write, what is stored of it, and what may be shown."""

from __future__ import annotations

import base64
import binascii
import json
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from jobs.errors import DomainError
from jobs.models import Channel, ChannelKind
from jobs.sealing import sealed, unsealed

KEY_PREFIX = "whsec_"
KEY_BYTES = (24, 64)  # as Standard Webhooks says
MOST_RECIPIENTS = 20
LONGEST_ADDRESS = 2_000


@dataclass(frozen=True, repr=False)
class Target:
    """``address``: mail addresses with commas, or a URL. ``key`` signs what a webhook is sent."""

    address: str
    key: str = ""

    def sealed(self) -> str:
        return sealed(json.dumps({"address": self.address, "key": self.key}))


def target_of(channel: Channel) -> Target:
    """What is stored, in clear; raises Unreadable."""
    return Target(**json.loads(unsealed(channel.sealed)))


def new_signing_key() -> str:
    """A key as webhooks are signed with."""
    return KEY_PREFIX + base64.b64encode(secrets.token_bytes(32)).decode()


def key_bytes(key: str) -> bytes:
    """What a signing key stands for; raises ValueError."""
    if not key.startswith(KEY_PREFIX):
        raise ValueError("no prefix")
    return base64.b64decode(key.removeprefix(KEY_PREFIX), validate=True)


def shown_address(kind: str, address: str) -> str:
    """Where it leads, without path, query and password, which may be secret."""
    if kind == ChannelKind.EMAIL:
        return ", ".join(recipients(address))
    parts = urlsplit(address)
    if kind == ChannelKind.APPRISE:
        return f"{parts.scheme}://…"
    host = parts.netloc.rpartition("@")[2]
    return f"{parts.scheme}://{host}/…"


def recipients(address: str) -> list[str]:
    return [one.strip() for one in address.split(",") if one.strip()]


def target_problems(kind: str, target: Target) -> Iterator[DomainError]:
    """What is wrong with what somebody wrote."""
    if not target.address.strip():
        yield DomainError("is required", field="address")
    elif len(target.address) > LONGEST_ADDRESS:
        yield DomainError(f"must have at most {LONGEST_ADDRESS:,} characters", field="address")
    elif problem := _address_problem(kind, target.address):
        yield DomainError(problem, field="address")
    yield from _key_problems(kind, target.key)


def _address_problem(kind: str, address: str) -> str:
    if kind == ChannelKind.EMAIL:
        return _email_problem(recipients(address))
    scheme = _scheme(address)
    if not scheme or not address.isprintable() or " " in address:
        return "must be a URL"
    if kind != ChannelKind.APPRISE and scheme not in {"http", "https"}:
        return "must begin with https:// or http://"
    return ""


def _scheme(address: str) -> str:
    """Of a URL with a host and a possible port; else empty. What apprise names need have none."""
    try:
        parts = urlsplit(address)
        is_whole = bool(parts.netloc) and parts.port != 0
    except ValueError:
        return ""
    return parts.scheme if is_whole else ""


def _email_problem(found: list[str]) -> str:
    if len(found) > MOST_RECIPIENTS:
        return f"must be at most {MOST_RECIPIENTS} addresses"
    for one in found:
        try:
            validate_email(one)
        except ValidationError:
            return f"{one[:100]!r} is not an email address"
    return "" if found else "is required"


def _key_problems(kind: str, key: str) -> Iterator[DomainError]:
    if kind != ChannelKind.WEBHOOK:
        if key:
            yield DomainError("is for webhooks only", field="key")
        return
    hint = "`manage.py channel new-key` prints one"
    try:
        length = len(key_bytes(key))
    except (ValueError, binascii.Error):
        length = 0
    least, most = KEY_BYTES
    if not least <= length <= most:
        message = f"must be {KEY_PREFIX} and {least} to {most} bytes in base64"
        yield DomainError(message, field="key", hint=hint)
