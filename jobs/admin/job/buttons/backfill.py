"""Backfill a job: ask for a past range, show what would run, begin."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest

from jobs.access.actor import actor_of
from jobs.actions.runs.backfills import MOST_AT_ONCE, backfill_job, preview_backfill
from jobs.admin.job.form.fields import ZonedDateTimeField, moment_field
from jobs.admin.look.times import moment, zone_of
from jobs.errors import DomainError
from jobs.models import Backfill, Job
from jobs.queries.backfills import newest_backfills

SHOWN = 200
FIELDS = {"from": "start", "to": "end"}  # the action's names of the form's fields
ORDERS = [("", "oldest first"), ("newest", "newest first")]


class BackfillForm(forms.Form):
    """A range in the job's zone, and the pace."""

    start = moment_field("From", "Included.")
    end = moment_field("To", "Not included. Must not be in the future.")
    concurrency = forms.IntegerField(
        label="At a time", min_value=1, max_value=MOST_AT_ONCE, initial=1,
        widget=forms.NumberInput({"class": "c-input"}),
        help_text="How many of its runs can be active at a time.",
    )  # fmt: skip
    order = forms.ChoiceField(
        label="Order", required=False, choices=ORDERS, widget=forms.Select({"class": "c-input"})
    )
    stop_on_failure = forms.BooleanField(label="Stop at the first failure", required=False)

    def __init__(self, data: Any, job: Job, now: datetime) -> None:
        end = now.replace(second=0, microsecond=0)
        super().__init__(data, initial={"start": end - timedelta(days=1), "end": end})
        for name in ("start", "end"):
            field = self.fields[name]
            assert isinstance(field, ZonedDateTimeField)
            field.zone, field.required = zone_of(job.timezone), True

    @property
    def range(self) -> dict[str, Any]:
        return {name: self.cleaned_data[name] for name in ("start", "end")}

    @property
    def pace(self) -> dict[str, Any]:
        read = self.cleaned_data
        newest = read["order"] == "newest"
        return {
            "concurrency": read["concurrency"], "newest_first": newest,
            "stop_on_failure": read["stop_on_failure"]
        }  # fmt: skip


def backfilling(request: HttpRequest, job: Job, now: datetime) -> tuple[dict[str, Any], bool]:
    """The page's context, and whether a backfill was begun."""
    form = BackfillForm(request.POST or None, job, now)
    moments, begun = _answered(request, form, job, now) if form.is_valid() else ([], False)
    return {
        "job": job,
        "form": form,
        "moments": [moment(value, now, job.timezone) for value in moments[:SHOWN]],
        "total": len(moments),
        "more": max(0, len(moments) - SHOWN),
        "earlier": [] if begun else [earlier(one, job, now) for one in newest_backfills(job)],
    }, begun


def _answered(
    request: HttpRequest, form: BackfillForm, job: Job, now: datetime
) -> tuple[Sequence[datetime], bool]:
    try:
        if "_start" not in request.POST:
            return preview_backfill(job, now=now, **form.range), False
        begun = backfill_job(job, actor=actor_of(request), now=now, **form.range, **form.pace)
    except DomainError as error:
        name = FIELDS.get(error.field, error.field)
        form.add_error(name if name in form.fields else None, str(error))
        return [], False
    messages.success(request, f"Started a backfill of {begun.total:,} runs for {job.name}.")
    return [], True


def earlier(backfill: Backfill, job: Job, now: datetime) -> dict[str, Any]:
    """One of the job's backfills, ready to print."""
    return {
        "start": moment(backfill.range_start, now, job.timezone),
        "end": moment(backfill.range_end, now, job.timezone),
        "state": backfill.get_state_display().lower(),
        "total": backfill.total,
        "by": backfill.created_by,
    }
