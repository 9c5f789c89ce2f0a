"""Rows that Django's own forms write: users, groups, Celery's schedules. What is done there goes into the audit too."""

from __future__ import annotations

import json
from typing import Any

from django.contrib.admin.models import LogEntry
from django.db.models import Model, QuerySet
from django.forms import BaseForm
from django.http import HttpRequest
from django.utils import timezone
from unfold.admin import ModelAdmin

from jobs.access import audit
from jobs.access.actor import actor_of


class NotedAdmin(ModelAdmin):
    """Writes an entry beside Django's own log line, inside the transaction of the form."""

    def construct_change_message(self, request: HttpRequest, form: Any, formsets: Any, add: bool = False) -> Any:
        """Django's hook between a valid form and its log line: the one place that has both values of a field."""
        request._jobs_changes = _values(form)  # type: ignore[attr-defined]  # for log_addition and log_change below
        return super().construct_change_message(request, form, formsets, add)

    def log_addition(self, request: HttpRequest, obj: Model, message: Any) -> Any:
        _note(request, audit.Verb.EDIT_ROW, obj, message)
        return super().log_addition(request, obj, message)

    def log_change(self, request: HttpRequest, obj: Model, message: Any) -> Any:
        _note(request, audit.Verb.EDIT_ROW, obj, message)
        return super().log_change(request, obj, message)

    def log_deletions(self, request: HttpRequest, queryset: QuerySet[Model]) -> Any:
        for obj in queryset:
            audit.record(actor_of(request), audit.Verb.DELETE_ROW, obj, now=timezone.now())
        return super().log_deletions(request, queryset)


def _note(request: HttpRequest, verb: audit.Verb, obj: Model, message: Any) -> None:
    before, after = getattr(request, "_jobs_changes", ({}, {}))
    text = message if isinstance(message, str) else json.dumps(message)
    told = LogEntry(change_message=text).get_change_message()
    audit.record(actor_of(request), verb, obj, now=timezone.now(), before=before, after=after, reason=told)


def _values(form: BaseForm) -> tuple[dict[str, Any], dict[str, Any]]:
    """The changed fields as they were and as they are."""
    names = [name for name in form.changed_data if name in form.cleaned_data]
    before = {name: _told(form.initial.get(name)) for name in names}
    return before, {name: _told(form.cleaned_data[name]) for name in names}


def _told(value: Any) -> Any:
    if isinstance(value, QuerySet | list | tuple):
        return sorted(map(str, value))
    return value if isinstance(value, bool | int | None) else str(value)
