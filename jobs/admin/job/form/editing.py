"""Create and change a job: read the form, call the action, answer."""

from __future__ import annotations

import uuid
from datetime import datetime

from django.contrib import messages
from django.contrib.admin import AdminSite
from django.contrib.admin.utils import quote
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone

from jobs import schedules
from jobs.access.actor import Actor, actor_of
from jobs.actions.jobs import VersionConflict, create_job, update_job
from jobs.admin.job.buttons.run_now import run_and_follow
from jobs.admin.job.form.conflict import differences
from jobs.admin.job.form.form import JobForm, zones
from jobs.admin.job.form.params_form import task_card
from jobs.admin.job.form.presets import presets
from jobs.admin.job.form.preview import calendared, form_preview
from jobs.admin.job.page.retry_waits import SETTINGS, waits
from jobs.admin.look.schedule import SchedulePanel
from jobs.declaring.standing import what_undoes_edits
from jobs.definition.calendars import known_calendars
from jobs.definition.checking import InvalidJob
from jobs.errors import DomainError
from jobs.models import Job
from jobs.queries.jobs.listing import queue_names
from jobs.queries.jobs.page import job_of


def edit_job(request: HttpRequest, site: AdminSite, job: Job | None) -> HttpResponse:
    """The form, of a new job where ``job`` is None; a good POST saves and goes on to the job or its
    run.
    """
    now = timezone.now()
    if request.method != "POST":
        return _page(request, site, JobForm(job=job, like=_like(request), now=now), now)
    form = JobForm(request.POST, job=job, like=None if job else _like(request), now=now)
    saved = _save(form, actor=actor_of(request), now=now) if form.is_valid() else None
    if saved is None:
        return _page(request, site, form, now)
    paused = " and paused" if "_paused" in request.POST else ""
    messages.success(request, f"{'Saved' if job else 'Created'} {saved.name}{paused}.")
    if "_run" in request.POST:
        return run_and_follow(request, saved, now)
    return HttpResponseRedirect(reverse("beatwright:beatwright_job_detail", args=[quote(saved.pk)]))


def _like(request: HttpRequest) -> Job | None:
    """The job that the address asks to duplicate, under a name of its own."""
    try:
        original = job_of(uuid.UUID(request.GET.get("from", "")), actor_of(request))
    except ValueError:
        return None
    if original:
        original.name = f"{original.name[:190]} (copy)"
    return original


def _save(form: JobForm, *, actor: Actor, now: datetime) -> Job | None:
    """The saved job; None when it could not be, with the problems on the form."""
    try:
        if form.job is None:
            return create_job(form.values, actor=actor, now=now, like=form.like)
        return update_job(
            form.job, form.values, actor=actor, now=now, version=form.cleaned_data["version"] or 0
        )
    except VersionConflict:
        form.add_error(
            None, "Someone else saved this job after you opened it. Your changes are not saved yet."
        )
    except InvalidJob as error:
        form.add_problems(error.problems)
    except DomainError as error:
        form.add_problems([error])
    return None


def _page(request: HttpRequest, site: AdminSite, form: JobForm, now: datetime) -> HttpResponse:
    job = form.job
    context = {
        **site.each_context(request),
        "title": f"Edit {job.name}" if job else "New job",
        "crumbs": _crumbs(job),
        "form": form,
        "conflict": differences(form),
        "sections": form.sections(),
        "job": job,
        "owned": what_undoes_edits(job) if job else "",
        "zones": zones(),
        "queues": queue_names(actor=actor_of(request)),
        "calendars": sorted(known_calendars()),
        "priorities": list(Job.PRIORITY_WORDS),
        "presets": presets(now),
        "preview": _preview(request, form, now),
        "waits": _waits(form),
        "task": task_card(str(form["task"].value() or "")),
        "cancel_url": _back(job),
    }
    return TemplateResponse(
        request, "console/job/form.html", context, status=422 if form.is_bound else 200
    )


def _preview(request: HttpRequest, form: JobForm, now: datetime) -> SchedulePanel | None:
    """Of a schedule that is stored or sent; an empty field waits for what is typed."""
    text, zone = (str(form[name].value() or "") for name in ("schedule", "timezone"))
    read = getattr(form, "cleaned_data", {}) if form.is_bound else form.initial
    window = {name: read.get(name) for name in ("starts_at", "ends_at")} | {
        "one_off": bool(read.get("one_off"))
    }
    window["day_rule"] = read.get("day_rule") or schedules.EITHER_DAY
    window["calendars"] = calendared(read)
    anchor = form.job.state.anchor if form.job and form.job.schedule == text else None
    return form_preview(request, text, zone, now, anchor=anchor, **window) if text.strip() else None


def _waits(form: JobForm) -> str:
    read = getattr(form, "cleaned_data", {}) if form.is_bound else form.initial
    return waits(*(read.get(name) for name in SETTINGS))


def _crumbs(job: Job | None) -> list[tuple[str, str]]:
    jobs = ("Jobs", reverse("beatwright:beatwright_job_changelist"))
    return [jobs, (job.name, _back(job))] if job else [jobs]


def _back(job: Job | None) -> str:
    return (
        reverse("beatwright:beatwright_job_detail", args=[job.pk])
        if job
        else reverse("beatwright:beatwright_job_changelist")
    )
