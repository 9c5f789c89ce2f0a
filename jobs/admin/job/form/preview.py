"""Help while one types: what a schedule would do, what a task wants, how long retries wait."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from jobs import schedules
from jobs.access.actor import actor_of
from jobs.admin.job.form.made_fields import form_field
from jobs.admin.job.form.params_form import params_problems, task_card
from jobs.admin.job.form.what_if import what_if
from jobs.admin.job.page.retry_waits import SETTINGS, waits
from jobs.admin.look.schedule import Calendared, SchedulePanel, preview
from jobs.admin.look.times import Shown, showing, zone_of
from jobs.admin.preferences import times_of
from jobs.definition.fields import BY_NAME
from jobs.errors import ScheduleError
from jobs.expectations import parse_deadline
from jobs.models import CalendarPolicy
from jobs.moments import read_moment
from jobs.queries.jobs.listing import due_within
from jobs.queries.paging import capped
from jobs.schedules.zones import zone_named
from jobs.words import duration

TO_SEE = "beatwright.view_job"  # as the API asks for the same
TEXT_MOST = 500
PARAMS_MOST = 200_000
OCCURRENCES = 10


@require_POST
def schedule_preview(request: HttpRequest) -> HttpResponse:
    """The preview of the posted schedule, timezone, starts_at and ends_at, and what saving it would
    change: one query, and up to three of the job that is edited and its pool.
    """
    actor_of(request).require(TO_SEE)
    post = request.POST
    zone = post.get("timezone", "")[:64] or "UTC"
    text = post.get("schedule", "")[:TEXT_MOST]
    window: dict[str, Any] = {
        name: _local(post.get(name, ""), zone) for name in ("starts_at", "ends_at")
    }
    window["day_rule"] = _read("day_rule", post.get("day_rule", "")[:20]) or schedules.EITHER_DAY
    window["one_off"] = bool(_read("one_off", post.get("one_off", "")[:20]))
    named = {name: post.get(name, "")[:5_000] for name in ("calendars", "tags")}
    named["calendar_policy"] = post.get("calendar_policy", "")[:20]
    window["calendars"] = calendared({name: _read(name, text) for name, text in named.items()})
    now = timezone.now()
    shown = form_preview(request, text, zone, now, **window) if text.strip() else None
    crowd = crowd_note(request, shown, post.get("queue", ""), post.get("job", ""))
    if_saved = what_if(request, text, zone, now, **window) if shown and not shown.error else []
    expected = expected_note(
        shown, zone, post.get("must_succeed_by", ""), post.get("success_grace_seconds", "")
    )
    context = {"preview": shown, "crowd": crowd, "if_saved": if_saved, "expected": expected}
    return TemplateResponse(request, "console/job/_preview.html", context)


def calendared(read: Mapping[str, Any]) -> Calendared:
    """What the form says of calendars, as far as it can be read."""
    return Calendared(
        read.get("calendars") or [],
        read.get("calendar_policy") or CalendarPolicy.SKIP,
        read.get("tags") or [],
    )


def form_preview(
    request: HttpRequest,
    text: str,
    zone: str,
    now: datetime,
    *,
    anchor: datetime | None = None,
    **window: Any,
) -> SchedulePanel:
    """The next ten occurrences, in the zone of the reader's browser as well, or what saving would
    say against it.

    ``anchor``: where a stored schedule counts from; None for one that is new.
    """
    with showing(
        Shown
    ):  # the job's zone, whatever the reader prefers elsewhere: theirs stands beside it
        shown = preview(
            text, zone, now, count=OCCURRENCES, mine=times_of(request).zone, anchor=anchor, **window
        )
    if shown.error or anchor:
        return shown
    try:
        schedules.check_new(
            text, zone, now, anchor=window.get("starts_at"), day_rule=window["day_rule"]
        )
    except ScheduleError as error:
        return SchedulePanel(error=str(error))
    return shown


def expected_note(shown: SchedulePanel | None, zone: str, text: str, grace: str) -> str:
    """By when the first occurrence must have succeeded, in the job's zone; no query."""
    if not shown or not shown.occurrences or not text.strip():
        return ""
    due = read_moment(shown.occurrences[0].iso)
    try:
        by = parse_deadline(text[:20]).moment(due, zone_named(zone))
    except ScheduleError as error:
        return f"Must succeed by: {error}."
    local, limit = (moment.astimezone(zone_named(zone)) for moment in (due, by))
    day = "" if local.date() == limit.date() else f"{limit:%a} "
    seconds = _read("success_grace_seconds", grace[:20])
    more = f", with a grace of {duration(seconds)}" if seconds else ""
    end = f"{day}{limit:%H:%M} {zone}{more}"
    return f"The occurrence of {local:%a %H:%M} must have succeeded by {end}."


def crowd_note(request: HttpRequest, shown: SchedulePanel | None, queue: str, job: str) -> str:
    """How many other jobs of the queue are due next in the minute of the first occurrence, where
    there are any.
    """
    if not shown or not shown.occurrences:
        return ""
    first = read_moment(shown.occurrences[0].iso)
    queue = queue[:100].replace("\0", "")
    others = due_within(
        first.replace(second=0, microsecond=0), queue, but=job, actor=actor_of(request)
    )
    jobs = "1 other job is" if others == 1 else f"{capped(others)} other jobs are"
    return f"{jobs} due in the same minute on {queue}" if others else ""


@require_GET
def task_help(request: HttpRequest) -> HttpResponse:
    """What the task named in the address does, and the fields of its params: no query."""
    actor_of(request).require(TO_SEE)
    context = {"task": task_card(request.GET.get("task", "")), "swap_fields": True}
    return TemplateResponse(request, "console/job/_task.html", context)


@require_POST
def params_check(request: HttpRequest) -> HttpResponse:
    """What is wrong with the posted params of the posted task, as (parameter, message) pairs: no
    query.
    """
    actor_of(request).require(TO_SEE)
    text = request.POST.get("params", "")[:PARAMS_MOST] or "{}"
    try:
        problems = params_problems(request.POST.get("task", ""), json.loads(text))
    except (ValueError, RecursionError):
        problems = [("", "is not valid JSON")]
    return JsonResponse({"problems": problems})


@require_POST
def retry_waits(request: HttpRequest) -> HttpResponse:
    """What the posted retry fields come to: no query."""
    actor_of(request).require(TO_SEE)
    text = waits(*(_read(name, request.POST.get(name, "")[:20]) for name in SETTINGS))
    return TemplateResponse(request, "console/job/_waits.html", {"waits": text})


def _read(name: str, text: str) -> Any:
    """The value of one field of the job form; None for what cannot be read yet."""
    try:
        return form_field(BY_NAME[name]).clean(text)
    except (ValidationError, ValueError):
        return None


def _local(text: str, zone: str) -> datetime | None:
    """A date-time field's text, in ``zone``; None for what is none yet."""
    try:
        return read_moment(text, zone_of(zone))
    except ValueError:
        return None
