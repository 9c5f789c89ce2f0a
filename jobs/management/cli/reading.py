"""Reading what was typed; what cannot be read is a DomainError that names the field."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from jobs import moments
from jobs.errors import DomainError, NotFound
from jobs.management.cli.job.job_flags import json_value


def read_params(text: str | None) -> Any:
    """Params as JSON; None where none were given. Whether they fit is the action's to say."""
    if text is None:
        return None
    try:
        return json_value(text)
    except ValueError as error:
        raise DomainError(str(error), field="params") from error


def read_moment(text: str | None, field: str) -> datetime | None:
    """An ISO 8601 date-time; one without an offset is UTC."""
    try:
        return moments.read_moment(text) if text else None
    except ValueError as error:
        raise DomainError(str(error), field=field) from error


def read_id(text: str, field: str) -> uuid.UUID:
    try:
        return uuid.UUID(text)
    except ValueError as error:
        raise DomainError(f"{text!r} is not an id", field=field) from error


def is_id(text: str) -> bool:
    try:
        uuid.UUID(text)
    except ValueError:
        return False
    return True


def read_limit(number: int) -> int:
    if not 1 <= number <= 1000:
        raise DomainError("must be a number from 1 to 1000", field="page-size")
    return number


def read_stamp(text: str | None, field: str) -> str | None:
    """A moment as the API takes it; None where none was given."""
    return moments.iso(read_moment(text, field))


def read_place(text: str) -> str | None:
    """The id of --last-id; None where it was not given."""
    return str(read_id(text, "last-id")) if text else None


def id_of(options: dict[str, Any], option: str, what: str) -> str:
    """The id of something that was named by it; raises NotFound for what can be none."""
    text = str(options[option])
    if not is_id(text):
        raise NotFound(f"there is no {what} {text!r}", field=option)
    return text


def pausing(options: dict[str, Any]) -> dict[str, Any]:
    """The body of a pause, of a job's or of a queue's."""
    until = read_stamp(options["until"], "paused_until")
    return {"reason": options["reason"]} | ({"until": until} if until else {})
