"""Help while one types: what a schedule would do, what a task wants."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.views.decorators.http import require_GET, require_POST

from jobs.admin.look.schedule import preview
from jobs.admin.look.times import zone_of
from jobs.dispatch import registry

TEXT_MOST = 500


@require_POST
def schedule_preview(request: HttpRequest) -> HttpResponse:
    """The preview of the posted schedule, timezone, starts_at and ends_at: no query."""
    post = request.POST
    zone = post.get("timezone", "")[:64] or "UTC"
    text = post.get("schedule", "")[:TEXT_MOST]
    window = {name: _local(post.get(name, ""), zone) for name in ("starts_at", "ends_at")}
    context = {"preview": preview(text, zone, timezone.now(), **window) if text.strip() else None}
    return TemplateResponse(request, "console/job/_preview.html", context)


@require_GET
def task_help(request: HttpRequest) -> HttpResponse:
    """What the task named in the address does, and its parameters: no query."""
    return TemplateResponse(request, "console/job/_task.html", {"task": task_card(request.GET.get("task", ""))})


def task_card(name: str) -> dict[str, Any] | None:
    """The task's doc, its refusal, and one (name, type, default or None, description) per parameter."""
    info = registry.registered().get(name)
    if info is None:
        return None
    required = info.schema.get("required", [])
    parameters = [
        {"name": key, "type": _type(schema), "required": key in required, "about": schema.get("description", "")}
        for key, schema in info.schema.get("properties", {}).items()
    ]
    return {"doc": info.doc, "refusal": info.refusal, "parameters": parameters}


def _type(schema: dict[str, Any]) -> str:
    options = schema.get("anyOf") or [schema]
    return " or ".join(str(option.get("type", option.get("const", "any"))) for option in options)


def _local(text: str, zone: str) -> datetime | None:
    """A date-time field's text, in ``zone``; None for what is none yet."""
    try:
        value = parse_datetime(text)
    except ValueError:
        return None
    return value.replace(tzinfo=zone_of(zone)) if value and value.tzinfo is None else value
