"""Its messages as JSON, as its grpc-gateway reads and writes them: camelCase out, both spellings
in.

Zero values are written, and ``null`` for a moment that there is none of. Unlike the gateway, a name
that no message has is refused: a job whose schedule was passed over would be accepted and never
run.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from google.protobuf.json_format import MessageToDict, ParseDict, ParseError
from google.protobuf.message import Message

from jobs.compat.dts_go.jobs import NUMBERED, read_status
from jobs.compat.dts_go.protos.job_pb2 import JobResponse
from jobs.compat.errors import NotAMessage
from jobs.errors import DomainError, did_you_mean

AT_FAULT = re.compile(r"Failed to parse (?P<field>\S+) field: (?P<reason>.*?)\.?", re.DOTALL)
# A descriptor of a message or a field, which protobuf types by the library beneath it.
Kind = Any
WELL_KNOWN = "google.protobuf."

Read = TypeVar("Read", bound=Message)


@dataclass(frozen=True)
class Received(Generic[Read]):
    """A message, and the fields that were sent beside it and are not for the caller to set."""

    message: Read
    ignored: list[str]


def read_message(kind: type[Read], sent: object, **from_path: str) -> Received[Read]:
    """The message that the JSON says, with what the address says of it; raises NotAMessage."""
    if not isinstance(sent, Mapping):
        raise NotAMessage([DomainError("must be a JSON object", field="body")])
    told = _names(JobResponse.DESCRIPTOR) - _names(kind.DESCRIPTOR)
    known = {name: value for name, value in sent.items() if name not in told}
    problems = list(_unknown(known, kind.DESCRIPTOR, ""))
    if problems:
        raise NotAMessage(problems)
    message = kind()
    _parse(message, _with_statuses(known, kind.DESCRIPTOR))
    for name, value in from_path.items():
        setattr(message, name, value)
    return Received(message, sorted(sent.keys() & told))


def shown_message(message: Message) -> dict[str, Any]:
    """The message as the gateway writes it."""
    return _with_nulls(message, MessageToDict(message, always_print_fields_with_no_presence=True))


def _parse(message: Message, sent: dict[str, Any]) -> None:
    try:
        ParseDict(sent, message)
    except ParseError as error:
        found = AT_FAULT.fullmatch(str(error))
        field, reason = (found["field"], found["reason"]) if found else ("body", str(error))
        raise NotAMessage([DomainError(f"cannot be read: {reason}", field=field)]) from None


def _unknown(sent: Mapping[str, Any], kind: Kind, path: str) -> Iterator[DomainError]:
    """One error per name that the message, or one within it, does not have, or has under both its
    spellings.
    """
    fields = {name: field for field in kind.fields for name in (field.name, field.json_name)}
    for name, value in sent.items():
        field = fields.get(name)
        if field is None:
            meant = did_you_mean(name, [field.json_name for field in kind.fields])
            yield DomainError("is not known here", field=f"{path}{name}", hint=meant)
        elif field.json_name != name and field.json_name in sent:
            yield DomainError("is given twice, under both its names", field=f"{path}{name}")
        elif isinstance(value, Mapping) and (within := _message_of(field)):
            yield from _unknown(value, within, f"{path}{name}.")


def _message_of(field: Kind) -> Kind:
    """The message that stands in a field; none for a map, a moment and what is no message."""
    kind = field.message_type
    is_ours = (
        kind is not None
        and not kind.GetOptions().map_entry
        and not kind.full_name.startswith(WELL_KNOWN)
    )
    return kind if is_ours else None


def _with_statuses(sent: Mapping[str, Any], kind: Kind) -> dict[str, Any]:
    """The status in any case, as over gRPC; within a job as well."""
    shown = dict(sent)
    for field in kind.fields:
        value = shown.get(field.name)
        if field.enum_type and isinstance(value, str):
            shown[field.name] = read_status(value) or NUMBERED[0]
        elif isinstance(value, Mapping) and (within := _message_of(field)):
            shown[field.name] = _with_statuses(value, within)
    return shown


def _with_nulls(message: Message, told: dict[str, Any]) -> dict[str, Any]:
    for field in _singular(message.DESCRIPTOR.fields):
        if not message.HasField(field.name):
            told[field.json_name] = None
        elif _message_of(field):
            told[field.json_name] = _with_nulls(getattr(message, field.name), told[field.json_name])
    for field in message.DESCRIPTOR.fields:
        if field.is_repeated and _message_of(field):
            pairs = zip(getattr(message, field.name), told[field.json_name], strict=True)
            told[field.json_name] = [_with_nulls(each, shown) for each, shown in pairs]
    return told


def _singular(fields: Iterable[Kind]) -> Iterator[Kind]:
    return (field for field in fields if field.message_type and not field.is_repeated)


def _names(kind: Kind) -> set[str]:
    return {name for field in kind.fields for name in (field.name, field.json_name)}
