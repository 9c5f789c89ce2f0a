"""The page of the API's operations, made from the OpenAPI document: each with a curl that can be
copied.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from django.contrib.admin import AdminSite
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.html import escape
from django.utils.safestring import mark_safe

from jobs.api.views import document as openapi

TONES = {"get": "info", "post": "good", "put": "warn", "patch": "warn", "delete": "bad"}
ORDER = [
    "jobs", "runs", "dead letters", "backfills", "bulk", "queues", "pools", "calendars",
    "secrets", "notices", "site", "night", "access",
    "distributed-job-scheduler", "DTS-Go", "GoDispatch",
]  # fmt: skip
LISTED_MOST = 12
CODE = re.compile(r"`([^`]+)`")
SAMPLES = {"string": "…", "integer": 1, "number": 1.5, "boolean": True, "object": {}, "array": []}


@dataclass(frozen=True)
class Parameter:
    name: str
    place: str
    type: str
    about: str
    required: bool


@dataclass(frozen=True)
class Operation:
    """One method of one address, ready to print."""

    anchor: str
    method: str
    tone: str
    path: str
    summary: str
    about: str
    parameters: list[Parameter]
    curl: str


@dataclass(frozen=True)
class Group:
    title: str
    operations: list[Operation]


def docs_page(site: AdminSite) -> Callable[[HttpRequest], HttpResponse]:
    """The view, within the frame of this console."""

    def view(request: HttpRequest) -> HttpResponse:
        context = {
            "title": "API",
            "groups": groups(request.build_absolute_uri(f"{openapi.api_root()}/")[:-1]),
        }
        return TemplateResponse(
            request, "console/apidocs/page.html", site.each_context(request) | context
        )

    return view


@lru_cache(maxsize=8)
def groups(host: str) -> list[Group]:
    """Every operation by its tag, in the order of the document; ``host`` stands in the curls."""
    document = openapi.document()
    found: dict[str, list[Operation]] = {}
    for path, methods in document["paths"].items():
        for method in TONES:
            if method in methods:
                operation = _operation(document, host, path, method, methods[method])
                found.setdefault(methods[method]["tags"][0], []).append(operation)
    return [Group(title, found[title]) for title in sorted(found, key=ORDER.index)]


def _operation(
    document: Mapping[str, Any], host: str, path: str, method: str, described: Mapping[str, Any]
) -> Operation:
    return Operation(
        anchor=described["operationId"],
        method=method.upper(),
        tone=TONES[method],
        path=path,
        summary=described.get("summary", ""),
        about=_marked(described.get("description", "")),
        parameters=[*map(_parameter, described.get("parameters", [])), *_body(document, described)],
        curl=" \\\n  ".join(_curl(document, host + path, method, described)),
    )


def _parameter(described: Mapping[str, Any]) -> Parameter:
    about, required = _marked(described.get("description", "")), described.get("required", False)
    return Parameter(
        described["name"], described["in"], _type(described["schema"]), about, required
    )


def _body(document: Mapping[str, Any], described: Mapping[str, Any]) -> Iterator[Parameter]:
    """The fields of the JSON that is sent, the required ones first."""
    content = described.get("requestBody", {}).get("content", {})
    schema = _resolved(document, content.get("application/json", {}).get("schema", {}))
    required = schema.get("required", [])
    for name, field in sorted(
        schema.get("properties", {}).items(), key=lambda item: item[0] not in required
    ):
        yield Parameter(
            name, "body", _type(field), _marked(field.get("description", "")), name in required
        )


def _resolved(document: Mapping[str, Any], schema: Mapping[str, Any]) -> Mapping[str, Any]:
    reference = schema.get("$ref", "").rpartition("/")[2]
    resolved: Mapping[str, Any] = (
        document["components"]["schemas"][reference] if reference else schema
    )
    return resolved


def _marked(text: str) -> str:
    """The text with what stands between backticks as code."""
    return mark_safe(CODE.sub(r"<code>\1</code>", escape(text)))  # nosec B308 B703 # noqa: S308  # escaped first


def _type(schema: Mapping[str, Any]) -> str:
    if "$ref" in schema:
        return "object"
    if "enum" in schema:
        words = [str(word) for word in schema["enum"]]
        return " | ".join(words) if len(words) <= LISTED_MOST else "a field of the answer"
    options = [_type(each) for each in schema.get("anyOf", []) if each.get("type") != "null"]
    if options:
        return " | ".join(options)
    kind = schema.get("format") or schema.get("type", "any")
    return f"{_type(schema['items'])}, …" if kind == "array" else str(kind)


def _curl(
    document: Mapping[str, Any], url: str, method: str, described: Mapping[str, Any]
) -> Iterator[str]:
    yield f"curl -X {method.upper()} '{url}'" if method != "get" else f"curl '{url}'"
    yield '-H "Authorization: Bearer $TOKEN"'
    content = described.get("requestBody", {}).get("content", {})
    if "multipart/form-data" in content:
        yield "-F file=@schedule.json"
    elif "application/json" in content:
        yield "-H 'Content-Type: application/json'"
        yield f"-d '{json.dumps(_sample(document, content['application/json']['schema']))}'"


def _sample(document: Mapping[str, Any], schema: Mapping[str, Any]) -> Any:
    """A value with the required fields."""
    schema = _resolved(document, schema)
    if "enum" in schema:
        return schema["enum"][0]
    if "examples" in schema:
        return schema["examples"][0]
    if "properties" in schema:
        required = schema.get("required", [])
        return {
            name: _sample(document, each)
            for name, each in schema["properties"].items()
            if name in required
        }
    if schema.get("format") == "date-time":
        return "2026-01-31T09:30:00Z"
    return SAMPLES.get(str(schema.get("type")), "…")
