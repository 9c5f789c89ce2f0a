"""The kinds of shapes, and the values that several of them share."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema

from jobs.moments import read_moment

WHOLE = re.compile(r"-?\d{1,18}")
FLAGS = {"true": True, "false": False}


class Body(BaseModel):
    """What a request carries: nothing that is not named here."""

    model_config = ConfigDict(extra="forbid")


class NoBody(Body):
    """Of what takes none: what is sent all the same is an error, and not passed over."""


class Query(BaseModel):
    """What may stand behind the question mark."""

    model_config = ConfigDict(extra="forbid")


class Answer(BaseModel):
    """What is answered."""


def _drop_required(schema: dict[str, Any]) -> None:
    schema.pop("required", None)


class Selectable(BaseModel):
    """What is answered in part where ``fields`` asks for a part."""

    model_config = ConfigDict(json_schema_extra=_drop_required)


def _read_whole(value: Any) -> Any:
    if isinstance(value, str) and not WHOLE.fullmatch(value):
        raise ValueError("must be a whole number")
    return int(value) if isinstance(value, str) else value


def _integral(value: Any) -> Any:
    """To JSON, 5.0 is a whole number."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _read_flag(value: Any) -> Any:
    if isinstance(value, str) and value not in FLAGS:
        raise ValueError("must be true or false")
    return FLAGS[value] if isinstance(value, str) else value


DATE_TIME = {"type": "string", "format": "date-time"}
Moment = Annotated[datetime, BeforeValidator(read_moment), WithJsonSchema(DATE_TIME)]
# Behind the bounds of a number: ``Annotated[int, Field(ge=1), Integral]``, so that the schema has
# them too.
Integral = BeforeValidator(_integral)
Worded = BeforeValidator(_read_whole)
Flag = Annotated[bool, BeforeValidator(_read_flag)]
Stamp = Annotated[str, WithJsonSchema(DATE_TIME)]
Id = Annotated[str, WithJsonSchema({"type": "string", "format": "uuid"})]


class Selecting(Query):
    fields: str | None = Field(None, description="Only these fields, separated by commas.")


class Paged(Query):
    limit: Annotated[int, Field(ge=1, le=500, description="How many at the most."), Worded] = 50
    cursor: str = Field("", description="Where to go on: taken from `next` of the page before.")


class PagedById(Paged):
    after: UUID | None = Field(
        None, description="Where to go on without a cursor: after the row with this id."
    )


class FieldError(Answer):
    """What is wrong with one field."""

    field: str
    message: str
    hint: str
    position: int = Field(
        0, description="Only of a schedule's text: where reading it stopped, from 0 on."
    )


class Problem(Answer):
    """Why it was not done (RFC 9457)."""

    type: str = Field(
        description="urn:beatwright:problem:… names the kind; about:blank is told by the "
        "status alone."
    )
    title: str
    status: int
    detail: str
    errors: list[FieldError]
