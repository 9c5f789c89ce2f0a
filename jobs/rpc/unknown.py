"""Fields that a message holds and no .proto file names: a client of something newer, or of
something else.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from google.protobuf.message import Message
from google.protobuf.unknown_fields import UnknownFieldSet

from jobs.errors import DomainError, InvalidFields


def refuse_unknown_fields(message: Message) -> None:
    """Raise InvalidFields with the numbers of the fields that would be passed over."""
    if found := [DomainError("is not known here", field=place) for place in _unknown(message, "")]:
        raise InvalidFields(found)


def _unknown(message: Message, path: str) -> Iterator[str]:
    found: Any = UnknownFieldSet(message)  # a sequence, which its stubs do not say
    yield from (f"{path}field {number}" for number in sorted({each.field_number for each in found}))
    for field, value in message.ListFields():
        if isinstance(value, Message):
            yield from _unknown(value, f"{path}{field.name}.")
