"""Rows that Django's own forms write: users, groups, Celery's schedules.

What is done there goes into the audit too.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from django.contrib.admin.models import LogEntry
from django.db import transaction
from django.db.models import Model, QuerySet
from django.forms import BaseForm
from django.http import HttpRequest
from django.utils import timezone

from jobs.access import audit
from jobs.access.actor import actor_of
from jobs.admin.closed import ClosedAdmin


class NotedAdmin(ClosedAdmin):
    """Writes an entry beside Django's own log line, inside the transaction of the form."""

    def construct_change_message(
        self, request: HttpRequest, form: Any, formsets: Any, add: bool = False
    ) -> Any:
        """Django's hook between a valid form and its log line: the one place that has both values
        of a field.
        """
        request._jobs_changes = _changes(form, formsets or ())  # type: ignore[attr-defined]  # for log_addition and log_change below
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
    audit.record(
        actor_of(request), verb, obj, now=timezone.now(), before=before, after=after, reason=told
    )


@contextmanager
def noted_rows(request: HttpRequest, rows: QuerySet[Any]) -> Iterator[None]:
    """What is done to these rows in here, by another package's action, is written down in the same
    transaction.
    """
    with transaction.atomic():
        before = {row.pk: audit.row_snapshot(row) for row in rows}
        yield
        for row in rows.model._default_manager.filter(pk__in=before):
            now, after = timezone.now(), audit.row_snapshot(row)
            if after != before[row.pk]:
                audit.record(
                    actor_of(request),
                    audit.Verb.EDIT_ROW,
                    row,
                    now=now,
                    before=before[row.pk],
                    after=after,
                )


Values = dict[str, Any]


def _changes(form: BaseForm, formsets: Iterable[Any]) -> tuple[Values, Values]:
    """The changed fields as they were and as they are, those of the rows on the same page
    included.
    """
    before, after = _values(form)
    for row in (row for formset in formsets for row in formset.forms if row.has_changed()):
        was, became = _values(row)
        is_gone = bool(row.cleaned_data.get("DELETE"))
        named = {
            name: f"{row.instance._meta.verbose_name}: {name}" for name in was if name != "DELETE"
        }
        before |= {label: _told(row.initial.get(name)) for name, label in named.items()}
        after |= {} if is_gone else {label: became[name] for name, label in named.items()}
    return before, after


def _values(form: BaseForm) -> tuple[Values, Values]:
    names = [name for name in form.changed_data if name in form.cleaned_data]
    before = {name: _told(form.initial.get(name)) for name in names}
    return before, {name: _told(form.cleaned_data[name]) for name in names}


def _told(value: Any) -> Any:
    if isinstance(value, QuerySet | list | tuple):
        return sorted(map(str, value))
    return value if isinstance(value, bool | int | None) else str(value)
