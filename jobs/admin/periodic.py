"""django-celery-beat's rows, as in its own admin, and the way from a row to a job."""

from __future__ import annotations

import json
from typing import Any

from django.contrib import admin, messages
from django.db import transaction
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django_celery_beat.admin import ClockedScheduleAdmin as BeatClockedAdmin
from django_celery_beat.admin import CrontabScheduleAdmin as BeatCrontabAdmin
from django_celery_beat.admin import PeriodicTaskAdmin as BeatPeriodicTaskAdmin
from django_celery_beat.admin import PeriodicTaskForm as BeatPeriodicTaskForm
from django_celery_beat.models import (
    ClockedSchedule,
    CrontabSchedule,
    IntervalSchedule,
    PeriodicTask,
    SolarSchedule,
)
from unfold.admin import TabularInline
from unfold.decorators import display
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from jobs.access import audit
from jobs.access.actor import actor_of
from jobs.actions.adoption import adopt
from jobs.admin.closed import CeleryRowsAdmin
from jobs.admin.look.times import NONE, moment
from jobs.admin.noting import NotedAdmin, noted_rows
from jobs.admin.site import site
from jobs.dispatch.plain_rows import KINDS, problem_of
from jobs.errors import DomainError
from jobs.params import registry
from jobs.queries.site.plain_rows import problems_of
from jobs.redaction.keys import MASK
from jobs.redaction.patterns import scrubbed
from jobs.redaction.redactor import masked, redactor_of
from jobs.redaction.restore import has_mask, restored

SECRETIVE = ("args", "kwargs", "headers")


class PeriodicTaskForm(BeatPeriodicTaskForm):
    """The package's form with unfold's widgets; registered tasks come from our registry."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        tasks = [(name, name) for name in registry.registered()]
        self.fields["regtask"].widget = UnfoldAdminSelectWidget(
            choices=[("", "Choose a task"), *tasks]
        )
        self.fields["task"].widget = UnfoldAdminTextInputWidget()
        self.initial |= {
            name: _shown(self.instance, name) for name in SECRETIVE if name in self.initial
        }

    def clean(self) -> dict[str, Any]:
        """Masks stand for what is stored in their places; a schedule that nobody can follow is
        refused.
        """
        cleaned: dict[str, Any] = super().clean()
        for kind in KINDS:
            if (
                cleaned.get("enabled")
                and (schedule := cleaned.get(kind))
                and (problem := _unplannable(kind, schedule))
            ):
                self.add_error(None, f"It would never run: {problem}")
        for name in SECRETIVE:
            if MASK in (text := cleaned.get(name) or ""):
                stored = json.loads(getattr(self.instance, name) or "null")
                kept = restored(json.loads(text), stored, redactor_of(stored))
                if has_mask(kept):
                    self.add_error(
                        name,
                        "This contains a mask that does not stand for a stored secret. Enter "
                        "the secret itself.",
                    )
                cleaned[name] = json.dumps(kept, ensure_ascii=False)
        return cleaned


def _unplannable(kind: str, schedule: Model) -> str:
    row = PeriodicTask(**{kind: schedule}, one_off=kind == "clocked", last_run_at=timezone.now())
    return problem_of(row)


def _shown(row: PeriodicTask, name: str) -> str:
    """One of the row's JSON texts, its secrets hidden."""
    text = str(getattr(row, name) or "")
    try:
        stored = json.loads(text or "null")
        return (
            text if (shown := masked(stored)) == stored else json.dumps(shown, ensure_ascii=False)
        )
    except (ValueError, RecursionError):
        return scrubbed(text)


class ShownTexts:
    """A row's JSON texts as they may be shown."""

    @display(description="Positional arguments")
    def shown_args(self, row: PeriodicTask) -> str:
        return _shown(row, "args")

    @display(description="Named arguments")
    def shown_kwargs(self, row: PeriodicTask) -> str:
        return _shown(row, "kwargs")

    @display(description="Headers")
    def shown_headers(self, row: PeriodicTask) -> str:
        return _shown(row, "headers")


@admin.register(PeriodicTask, site=site)
class PeriodicTaskAdmin(CeleryRowsAdmin, ShownTexts, BeatPeriodicTaskAdmin, NotedAdmin):
    form = PeriodicTaskForm
    change_form_template = None  # the package's own has an inline script
    date_hierarchy = None
    list_display = ("name", "enabled", "task", "rule", "last_run", "one_off", "problem")
    list_filter = ("enabled", "one_off")
    readonly_fields = (
        *BeatPeriodicTaskAdmin.readonly_fields,
        "shown_args",
        "shown_kwargs",
        "shown_headers",
    )
    actions = ("adopt_as_jobs", "enable_tasks", "disable_tasks", "run_tasks")

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Who may only look sees the fields themselves, which are texts that may hold secrets."""
        whole = super().get_fieldsets(request, obj)
        if self.has_change_permission(request, obj):
            return whole
        names = {name: f"shown_{name}" for name in SECRETIVE}
        return [
            (title, about | {"fields": tuple(names.get(field, field) for field in about["fields"])})
            for title, about in whole
        ]

    @display(description="Schedule")
    def rule(self, row: PeriodicTask) -> str:
        return str(row.scheduler or NONE)

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        """The list, with what is wrong with each of its rows."""
        page = super().get_changelist_instance(request)
        page.result_list = list(page.result_list)
        problems = problems_of([row for row in page.result_list if row.enabled], now=timezone.now())
        for row in page.result_list:
            row.problem = problems.get(row.pk, "")
        return page

    @display(description="Problem")
    def problem(self, row: PeriodicTask) -> str:
        found = getattr(row, "problem", "")
        return format_html('<span class="c-wrong">{}</span>', found) if found else NONE

    @display(description="Last run", ordering="last_run_at")
    def last_run(self, row: PeriodicTask) -> str:
        return moment(row.last_run_at, timezone.now()).relative

    @admin.action(description="Adopt as jobs", permissions=["adopt"])
    def adopt_as_jobs(self, request: HttpRequest, queryset: QuerySet[PeriodicTask]) -> None:
        """Make a job of each row and disable the row; say for each that cannot be expressed why."""
        for row in queryset:
            try:
                job = adopt(row, actor=actor_of(request), now=timezone.now())
            except DomainError as error:
                messages.error(request, f"{row.name}: {error.field}: {error}")
                continue
            url = reverse("beatwright:beatwright_job_detail", args=[job.pk])
            messages.success(
                request,
                format_html(
                    'Created the job {} and disabled its row. <a href="{}">See the job</a>',
                    row.name,
                    url,
                ),
            )

    @admin.action(description="Enable", permissions=["change"])
    def enable_tasks(self, request: HttpRequest, queryset: QuerySet[PeriodicTask]) -> None:
        with noted_rows(request, queryset):
            super().enable_tasks(request, queryset)

    @admin.action(description="Disable", permissions=["change"])
    def disable_tasks(self, request: HttpRequest, queryset: QuerySet[PeriodicTask]) -> None:
        with noted_rows(request, queryset):
            super().disable_tasks(request, queryset)

    @admin.action(description="Run now", permissions=["change"])
    def run_tasks(self, request: HttpRequest, queryset: QuerySet[PeriodicTask]) -> None:
        """Sends them as they stand; the package says so where one is not registered, and then sends
        none.
        """
        known = registry.registered()
        with transaction.atomic():
            for row in queryset if all(row.task in known for row in queryset) else ():
                audit.record(actor_of(request), audit.Verb.RUN_ROW, row, now=timezone.now())
            super().run_tasks(request, queryset)

    def has_adopt_permission(self, request: HttpRequest) -> bool:
        actor = actor_of(request)
        return actor.may("beatwright.import_job") and actor.may("beatwright.add_job")


class UsedBy(ShownTexts, TabularInline):
    """The periodic tasks that use a schedule."""

    model = PeriodicTask
    fields = readonly_fields = ("name", "task", "shown_args", "shown_kwargs")
    can_delete = False
    extra = 0
    show_change_link = True
    verbose_name_plural = "periodic tasks that use it"

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(ClockedSchedule, site=site)
class ClockedScheduleAdmin(CeleryRowsAdmin, BeatClockedAdmin, NotedAdmin):
    inlines = (UsedBy,)


@admin.register(CrontabSchedule, site=site)
class CrontabScheduleAdmin(CeleryRowsAdmin, BeatCrontabAdmin, NotedAdmin):
    inlines = (UsedBy,)


@admin.register(IntervalSchedule, site=site)
class IntervalScheduleAdmin(CeleryRowsAdmin, NotedAdmin):
    inlines = (UsedBy,)


@admin.register(SolarSchedule, site=site)
class SolarScheduleAdmin(CeleryRowsAdmin, NotedAdmin):
    inlines = (UsedBy,)
