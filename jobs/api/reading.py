"""From a request to a checked body or query: what is not as documented is a BadRequest with every
wrong field.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, TypeVar, get_args

from django.http import QueryDict
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails
from rest_framework.request import Request

from jobs.api.errors import BadRequest
from jobs.errors import DomainError, did_you_mean
from jobs.params.wording import in_plain_words, place

CHOICE = re.compile(r"'([^']*)'")
REPLACED = "\ufffd"  # what Django puts in the place of bytes that are no UTF-8

Shape = TypeVar("Shape", bound=BaseModel)


def read_body(request: Request, shape: type[Shape]) -> Shape:
    """The request's JSON, strictly: ``"5"`` is no number."""
    data = request.data
    try:
        return shape.model_validate_json(json.dumps(data), strict=True)
    except ValidationError as error:
        raise _bad(error, data, shape) from None


def read_query(request: Request, shape: type[Shape]) -> Shape:
    """The words after the question mark, each at most once, in UTF-8 and without NUL characters."""
    values = words_of_query(request)
    try:
        return shape.model_validate(values)
    except ValidationError as error:
        raise _bad(error, values, shape) from None


def words_of_query(request: Request) -> dict[str, str]:
    """The words after the question mark as texts, each at most once, in UTF-8 and without NUL
    characters.
    """
    params: QueryDict = request.query_params
    problems = [
        DomainError("is given more than once", field=name)
        for name in params
        if len(params.getlist(name)) > 1
    ]
    if problems:
        raise BadRequest(problems)
    values = {name: str(params[name]) for name in params}
    for name, value in values.items():
        if "\0" in value:
            raise DomainError("holds a NUL character", field=name)
        if REPLACED in value:
            raise DomainError("holds bytes that are not UTF-8", field=name)
    return values


def _bad(error: ValidationError, data: Any, shape: type[BaseModel]) -> BadRequest:
    findings = error.errors(include_url=False)
    known: Mapping[str, Any] = data if isinstance(data, dict) else {}
    meant = {place(finding, known): _meant(finding, shape) for finding in findings}
    problems = [
        DomainError(
            message.replace("is not a parameter of this task", "is not known here"),
            field=path,
            hint=meant[path],
        )
        for path, message in in_plain_words(findings, known)
    ]
    return BadRequest(problems)


def _meant(finding: ErrorDetails, shape: type[BaseModel]) -> str:
    """A guess, where a word or a name is none of those that there are."""
    if finding["type"] == "extra_forbidden":
        return did_you_mean(str(finding["loc"][-1]), _names_at(shape, finding["loc"][:-1]))
    if finding["type"] != "literal_error":
        return ""
    return did_you_mean(str(finding["input"]), CHOICE.findall(finding["ctx"]["expected"]))


def _names_at(shape: type[BaseModel], path: tuple[int | str, ...]) -> list[str]:
    """The names that may stand at this place; none where a shape cannot be followed there."""
    for step in path:
        fields = {field.alias or name: field for name, field in shape.model_fields.items()}
        below = list(_shapes_in(fields[step].annotation)) if step in fields else []
        if len(below) != 1:
            return []
        [shape] = below
    return [field.alias or name for name, field in shape.model_fields.items()]


def _shapes_in(hint: Any) -> Iterator[type[BaseModel]]:
    if isinstance(hint, type) and issubclass(hint, BaseModel):
        yield hint
    for part in get_args(hint):
        yield from _shapes_in(part)
