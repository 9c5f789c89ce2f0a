"""The OpenAPI document itself."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from django.urls import include, path, reverse
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.settings import patched_settings
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from jobs import conf
from jobs.api.views.resource import Resource

SETTINGS: dict[str, Any] = {
    "OAS_VERSION": "3.1.1",
    "TITLE": "Beatwright",
    "DESCRIPTION": "Jobs, their runs, and everything the console can do.",
    "VERSION": "1",
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "COMPONENT_SPLIT_PATCH": False,
    "AUTHENTICATION_WHITELIST": [
        "jobs.api.access.Bearer",
        "jobs.api.access.Session",
    ],  # the ways in from a network
    "POSTPROCESSING_HOOKS": [],  # the shapes' enums stay where they are
}


def api_root() -> str:
    """The path below which the API's addresses stand: a site's URL_PREFIX, or what a project's
    path() says.
    """
    return reverse("api:schema").removesuffix("/api/v1/schema/")


@lru_cache(maxsize=1)
def document() -> dict[str, Any]:
    """Made once a process: it depends on nothing but the code, and where the API is."""
    patterns = [path("api/v1/", include("jobs.api.urls"))]
    if conf.get().site:  # a project has none of the older systems' addresses
        patterns += [path("", include("jobs.api.compat.urls"))]
    with patched_settings(SETTINGS | {"SERVERS": [{"url": api_root()}] if api_root() else []}):
        generator = SchemaGenerator(patterns=patterns)  # type: ignore[no-untyped-call]
        made: dict[str, Any] = generator.get_schema(  # type: ignore[no-untyped-call]
            request=None, public=True
        )
    return made


@extend_schema(exclude=True)
class OpenApi(Resource):
    """`schema/`"""

    def get(self, request: Request) -> Response:
        """For everybody who may come in."""
        return Response(document())
