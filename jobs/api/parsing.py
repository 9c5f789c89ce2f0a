"""From a request's bytes to JSON: bounded in size, and strictly what JSON is."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import IO, Any

from django.core.exceptions import RequestDataTooBig
from rest_framework.exceptions import ParseError
from rest_framework.parsers import BaseParser

MOST_BYTES = 1024 * 1024


class JsonParser(BaseParser):
    """UTF-8 JSON of at most 1 MB, without NaN and Infinity."""

    media_type = "application/json"

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        try:
            return json.loads(read_bounded(stream, MOST_BYTES), parse_constant=_refuse)
        except RecursionError:
            raise ParseError("the body is nested too deep") from None
        except ValueError as error:
            raise ParseError(f"the body is not JSON: {error}") from None


def read_bounded(stream: IO[Any], most: int) -> bytes:
    """All of the stream; raises RequestDataTooBig where it is longer than ``most`` bytes."""
    body: bytes = stream.read(most + 1)
    if len(body) > most:
        raise RequestDataTooBig(f"the body is larger than {most // 1024:,} KB")
    return body


def _refuse(word: str) -> Any:
    raise ValueError(f"{word} is no JSON number")
