"""From a request's bytes to JSON: bounded in size and depth, and strictly what JSON is."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Mapping
from http import HTTPStatus
from typing import IO, Any

from django.core.exceptions import RequestDataTooBig
from rest_framework.exceptions import APIException, ParseError
from rest_framework.parsers import BaseParser
from rest_framework.request import Request

from jobs.api.errors import BadRequest
from jobs.errors import DomainError
from jobs.params.limits import joined

MOST_BYTES = 1024 * 1024
DEEPEST = 100
MOST_DIGITS = 1000
LONGEST_PATH = 200
HALF_A_PAIR = re.compile("[\ud800-\udfff]")

# A value, how deep it lies, and the way to it: its name or number, and the way to what holds it.
Found = tuple[object, int, "Trail | None"]
Trail = tuple["Trail | None", str | int]


class LengthRequired(APIException):
    """A body in chunks: it would be taken for none, and what it asks for be passed over."""

    status_code = HTTPStatus.LENGTH_REQUIRED
    default_detail = "a body needs its Content-Length; send it whole, not in chunks"


class Compressed(APIException):
    """A body that would have to be unpacked, to a size that nobody knows."""

    status_code = HTTPStatus.UNSUPPORTED_MEDIA_TYPE
    default_detail = "a compressed body is not read; send it without Content-Encoding"


class JsonParser(BaseParser):
    """UTF-8 JSON of at most 1 MB, without NaN and Infinity, each name once; what cannot be a value
    is told by field.
    """

    media_type = "application/json"

    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        try:
            text = read_bounded(stream, MOST_BYTES)
            data = json.loads(
                text, parse_constant=_refuse, parse_int=_integer, object_pairs_hook=_object
            )
        except BadRequest:
            raise
        except RecursionError:
            raise ParseError("the body is nested too deep") from None
        except ValueError as error:
            raise ParseError(f"the body is not JSON: {error}") from None
        _check(data)
        return data


def read_bounded(stream: IO[Any], most: int) -> bytes:
    """All of the stream; raises RequestDataTooBig where it is longer than ``most`` bytes."""
    body: bytes = stream.read(most + 1)
    if len(body) > most:
        raise RequestDataTooBig(f"the body is larger than {most // 1024:,} KB")
    return body


def require_length(request: Request) -> None:
    """Raise LengthRequired for a body that does not say how long it is."""
    if "Transfer-Encoding" in request.headers and not request.headers.get("Content-Length"):
        raise LengthRequired


def refuse_compressed(request: Request) -> None:
    """Raise Compressed for a body that is not as it reads: nothing here unpacks one, however little
    it looks.
    """
    if request.headers.get("Content-Encoding", "identity").strip().lower() not in {"", "identity"}:
        raise Compressed


def _refuse(word: str) -> Any:
    raise ValueError(f"{word} is not a JSON number")


def _integer(digits: str) -> float:
    """One that is too long becomes infinite, as a long decimal number does; then it is told by its
    field.
    """
    return int(digits) if len(digits) <= MOST_DIGITS else math.inf


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise BadRequest([DomainError("is given more than once", field=joined("", twice))])
    return found


def _check(data: object) -> None:
    """Raise BadRequest, naming the field, for what is JSON but can be no value here."""
    waiting: list[Found] = [(data, 1, None)]
    while waiting:
        value, depth, trail = waiting.pop()
        if fault := _fault(value, depth):
            raise BadRequest([DomainError(fault, field=_path(trail)[:LONGEST_PATH])])
        waiting.extend((below, depth + 1, (trail, step)) for step, below in _below(value))


def _below(value: object) -> Iterator[tuple[str | int, object]]:
    if isinstance(value, dict):
        yield from value.items()
    elif isinstance(value, list):
        yield from enumerate(value)


def _fault(value: object, depth: int) -> str:
    if isinstance(value, str):
        return "holds half a surrogate pair" if HALF_A_PAIR.search(value) else ""
    if isinstance(value, float):
        return "is too large a number" if math.isinf(value) else ""
    if isinstance(value, dict) and any(HALF_A_PAIR.search(name) for name in value):
        return "has a name with half a surrogate pair"
    return f"is nested more than {DEEPEST} levels deep" if depth > DEEPEST else ""


def _path(trail: Trail | None) -> str:
    return "" if trail is None else joined(_path(trail[0]), trail[1])
