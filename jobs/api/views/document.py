"""The OpenAPI document itself."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from jobs.api.views.resource import Resource


@lru_cache(maxsize=1)
def document() -> dict[str, Any]:
    """Made once a process: it depends on nothing but the code."""
    made: dict[str, Any] = SchemaGenerator().get_schema(request=None, public=True)  # type: ignore[no-untyped-call]
    return made


@extend_schema(exclude=True)
class OpenApi(Resource):
    """`schema/`"""

    def get(self, request: Request) -> Response:
        """For everybody who may come in."""
        return Response(document())
