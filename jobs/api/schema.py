"""The OpenAPI document: what ``operation`` says of each view, and how pydantic's shapes become its
schemas.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from django.conf import settings
from drf_spectacular.contrib.pydantic import PydanticExtension
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.plumbing import ResolvedComponent
from drf_spectacular.utils import OpenApiParameter, extend_schema
from pydantic import BaseModel
from pydantic.json_schema import model_json_schema

from jobs.api.errors import MEDIA_TYPE
from jobs.api.idempotency import HEADER, is_idempotent
from jobs.api.shapes.base import Problem, Query, Selectable

View = TypeVar("View", bound=Callable[..., Any])
Shape = type[BaseModel] | dict[str, Any]

ALWAYS = (400, 401, 403, 404, 406, 409, 411, 413, 415, 422, 429, 503)
REFERENCE = "#/components/schemas/{model}"
IF_MATCH = OpenApiParameter(
    "If-Match",
    str,
    "header",
    description='The ETag that the change is based on, such as `"v3"`; another one: 412.',
)
IDEMPOTENCY_KEY = OpenApiParameter(
    HEADER,
    {"type": "string", "pattern": "^[!-~]{1,100}$"},
    "header",
    description="The same key and the same request: the first answer again. Another request: 409.",
)


class Shapes(PydanticExtension):  # type: ignore[no-untyped-call]  # its base registers subclasses, untyped
    """Bodies are described as they are read, answers as they are written."""

    target_class = BaseModel  # type: ignore[assignment]  # declared as a text, where a class will do
    match_subclasses = True
    priority = 1

    def map_serializer(self, auto_schema: AutoSchema, direction: str) -> dict[str, Any]:
        mode = "validation" if direction == "request" else "serialization"
        schema = model_json_schema(self.target, ref_template=REFERENCE, mode=mode, by_alias=True)  # type: ignore[arg-type]  # one of two words
        for name, part in schema.pop("$defs", {}).items():
            component = ResolvedComponent(  # type: ignore[no-untyped-call]
                name, ResolvedComponent.SCHEMA, schema=part, object=name
            )
            auto_schema.registry.register_on_missing(component)
        return schema


class BearerScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = "jobs.api.access.Bearer"
    name = "token"

    def get_security_definition(self, auto_schema: AutoSchema) -> dict[str, Any]:
        return {
            "type": "http",
            "scheme": "bearer",
            "description": "A token, as manage.py create_token prints it.",
        }


class SessionScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = "jobs.api.access.Session"
    name = "session"

    def get_security_definition(self, auto_schema: AutoSchema) -> dict[str, Any]:
        text = "The console's session; what changes something needs its CSRF token in X-CSRFToken."
        return {
            "type": "apiKey",
            "in": "cookie",
            "name": settings.SESSION_COOKIE_NAME,
            "description": text,
        }


def operation(
    tag: str,
    summary: str,
    *,
    query: type[Query] | None = None,
    body: Shape | None = None,
    answer: type[BaseModel] | dict[int, type[BaseModel] | None],
    headers: tuple[OpenApiParameter, ...] = (),
    selects: type[Selectable] | None = None,
    operation_id: str | None = None,
) -> Callable[[View], View]:
    """Describe one method of a view: ``answer`` is the shape of its 200, or has one per status.

    Every operation may also answer a problem, and one that is idempotent takes a key.
    """
    problems = {
        (code, MEDIA_TYPE): Problem for code in (*ALWAYS, *([412] if IF_MATCH in headers else []))
    }
    parameters = [
        *([query] if query else []),
        *headers,
        *([_selection(selects)] if selects else []),
    ]

    def described(view: View) -> View:
        of_key = [IDEMPOTENCY_KEY] if is_idempotent(view) else []
        describe: Callable[[View], View] = extend_schema(
            tags=[tag],
            summary=summary,
            parameters=[*parameters, *of_key],  # type: ignore[list-item]  # the extension above reads pydantic's shapes
            request=body,
            responses={**(answer if isinstance(answer, dict) else {200: answer}), **problems},
            operation_id=operation_id,
        )
        setattr(view, "kwargs", {"schema": AutoSchema})  # noqa: B010  # else a project's DEFAULT_SCHEMA_CLASS
        return describe(view)

    return described


def _selection(shape: type[Selectable]) -> OpenApiParameter:
    names = {"type": "array", "items": {"type": "string", "enum": list(shape.model_fields)}}
    text = "Only these fields, separated by commas."
    return OpenApiParameter("fields", names, "query", description=text, style="form", explode=False)
