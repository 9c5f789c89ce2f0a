"""Celery's stored results, for reading: every attempt of a run is one, and so is any task sent by
other code.
"""

from __future__ import annotations

import ast
import json
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django_celery_results.models import GroupResult, TaskResult
from unfold.decorators import display
from unfold.paginator import InfinitePaginator

from jobs.admin.closed import CeleryRowsAdmin, ClosedAdmin
from jobs.admin.look.times import NONE
from jobs.admin.site import site
from jobs.lifecycle.rows import AttemptMeta
from jobs.lifecycle.texts import showable_json
from jobs.models import Run
from jobs.redaction.redactor import CLOSED, PLAIN, Redactor, redactor_of


class ReadOnlyAdmin(ClosedAdmin):
    """A list that never counts its rows, and a page that changes nothing."""

    paginator = InfinitePaginator
    show_full_result_count = False
    list_max_show_all = 0
    list_per_page = 50
    actions = None

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


STATUSES = ("STARTED", "SUCCESS", "FAILURE", "RETRY", "REVOKED", "PENDING")


class StatusFilter(admin.SimpleListFilter):
    """Celery's states as a fixed list: offering those that occur would read every row."""

    title = "status"
    parameter_name = "status"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(status, status.capitalize()) for status in STATUSES]

    def queryset(
        self, request: HttpRequest, queryset: QuerySet[TaskResult]
    ) -> QuerySet[TaskResult]:
        return queryset.filter(status=self.value()) if self.value() in STATUSES else queryset


@admin.register(TaskResult, site=site)
class TaskResultAdmin(ReadOnlyAdmin, CeleryRowsAdmin):
    list_display = ("short_id", "job_name", "task_name", "state", "worker", "date_done")
    list_filter = (StatusFilter,)
    search_fields = ("task_id__startswith",)
    search_help_text = "Beginning of a task id"
    ordering = ("-date_done",)
    fields = (
        "task_id", "run", "job_name", "task_name", "status", "worker", "date_started", "date_done",
        "args_text",
        "kwargs_text", "result_text", "traceback_text",
    )  # fmt: skip
    readonly_fields = (
        "run",
        "job_name",
        "args_text",
        "kwargs_text",
        "result_text",
        "traceback_text",
    )

    @display(description="Task id")
    def short_id(self, row: TaskResult) -> str:
        return row.task_id if len(row.task_id) <= 24 else f"…{row.task_id[-22:]}"

    @display(description="Job", ordering="periodic_task_name")
    def job_name(self, row: TaskResult) -> str:
        return row.periodic_task_name or NONE

    @display(
        description="Status",
        label={
            "SUCCESS": "success",
            "FAILURE": "danger",
            "STARTED": "info",
            "RETRY": "warning",
            "PROGRESS": "info",
        },
    )
    def state(self, row: TaskResult) -> str:
        return row.status

    @display(description="Run")
    def run(self, row: TaskResult) -> str | SafeString:
        """A link to the run whose attempt this is."""
        run_id = _run_id(row)
        if not run_id:
            return NONE
        return format_html(
            '<a class="c-link" href="{}">{}</a>',
            reverse("beatwright:beatwright_run_change", args=[run_id]),
            run_id,
        )

    @display(description="Result")
    def result_text(self, row: TaskResult) -> SafeString:
        return _text(_shown_result(row.result, _redactor_over(row)))

    @display(description="Traceback")
    def traceback_text(self, row: TaskResult) -> SafeString:
        return _text(_redactor_over(row).text(row.traceback or ""))

    @display(description="Positional arguments")
    def args_text(self, row: TaskResult) -> SafeString:
        return _text(_redactor_over(row).text(row.task_args or ""))

    @display(description="Named arguments")
    def kwargs_text(self, row: TaskResult) -> SafeString:
        return _text(_redactor_over(row).text(row.task_kwargs or ""))


@admin.register(GroupResult, site=site)
class GroupResultAdmin(ReadOnlyAdmin, CeleryRowsAdmin):
    list_display = ("group_id", "date_done")
    search_fields = ("group_id__startswith",)
    ordering = ("-date_done",)
    fields = ("group_id", "date_created", "date_done", "result_text")
    readonly_fields = ("result_text",)

    @display(description="Result")
    def result_text(self, row: GroupResult) -> SafeString:
        return _text(_shown_result(row.result, PLAIN))


def _text(text: str) -> SafeString:
    return format_html('<pre class="c-pre">{}</pre>', text or NONE)


def _shown_result(text: str | None, redactor: Redactor) -> str:
    """What is stored as JSON, its secrets hidden; anything else as the text it is."""
    try:
        found = json.loads(showable_json(text or "null"))
    except (ValueError, RecursionError):
        return redactor.text(text or "")
    return (
        text or ""
        if (shown := redactor.json(found)) == found
        else json.dumps(shown, ensure_ascii=False)
    )


def _redactor_over(row: TaskResult) -> Redactor:
    """That of the run's params where it is an attempt's (one query, once for a row), else of the
    task's arguments.
    """
    redactor: Redactor | None = getattr(row, "_redactor", None)
    if redactor is None:
        run_id = _run_id(row)
        params = (
            Run.objects.filter(pk=run_id).values_list("params", flat=True).first()
            if run_id
            else None
        )
        # Kept with the row it is over.
        redactor = row._redactor = redactor_of(params) if run_id else _redactor_over_arguments(row)
    return redactor


def _redactor_over_arguments(row: TaskResult) -> Redactor:
    """Of a task that is no run, over what it was given; where that cannot be read, nothing says
    what is a secret.
    """
    try:
        return redactor_of([_read(text) for text in (row.task_args, row.task_kwargs) if text])
    except (ValueError, SyntaxError, RecursionError, MemoryError):
        return CLOSED


def _read(text: str) -> Any:
    """The backend keeps arguments as Python writes them."""
    found = json.loads(text)
    return ast.literal_eval(found) if isinstance(found, str) else found


def _run_id(row: TaskResult) -> str:
    """The run whose attempt this is; empty for a result of any other task."""
    meta = AttemptMeta.read(row.meta)
    return str(meta.run) if meta else ""
