"""Create and change a job: read the form, call the action, answer."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.contrib.admin import AdminSite
from django.contrib.admin.utils import quote
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone

from jobs.access.actor import Actor, actor_of
from jobs.actions.checking import InvalidJob
from jobs.actions.jobs import VersionConflict, create_job, update_job
from jobs.admin.job.acting import run_and_follow
from jobs.admin.job.detail import job_preview
from jobs.admin.job.form import JobForm, values_of, zones
from jobs.admin.job.preview import task_card
from jobs.errors import DomainError
from jobs.models import Job

Conflict = list[dict[str, Any]]


def edit(request: HttpRequest, site: AdminSite, job: Job | None) -> HttpResponse:
    """The form, of a new job where ``job`` is None; a good POST saves and goes on to the job or its run."""
    now = timezone.now()
    if request.method != "POST":
        return _page(request, site, JobForm(job=job, now=now), job, now)
    form = JobForm(request.POST, job=job, now=now)
    saved = _save(form, actor=actor_of(request), now=now) if form.is_valid() else None
    if saved is None:
        return _page(request, site, form, job, now)
    messages.success(request, f"{saved.name} is saved." if job else f"{saved.name} is created.")
    if "_run" in request.POST:
        return run_and_follow(request, saved, now)
    return HttpResponseRedirect(reverse("admin:jobs_job_detail", args=[quote(saved.pk)]))


def _save(form: JobForm, *, actor: Actor, now: datetime) -> Job | None:
    """The saved job; None when it could not be, with the problems on the form."""
    try:
        if form.job is None:
            return create_job(form.values, actor=actor, now=now)
        return update_job(form.job, form.values, actor=actor, now=now, version=form.cleaned_data["version"] or 0)
    except VersionConflict:
        form.add_error(None, "Somebody else has saved this job since you opened it. Nothing of yours is saved yet.")
    except InvalidJob as error:
        form.add_problems(error.problems)
    except DomainError as error:
        form.add_problems([error])
    return None


def _page(request: HttpRequest, site: AdminSite, form: JobForm, job: Job | None, now: datetime) -> HttpResponse:
    context = {
        **site.each_context(request),
        "title": f"Edit {job.name}" if job else "New job",
        "crumbs": _crumbs(job),
        "form": form,
        "sections": form.sections(),
        "conflict": _conflict(form),
        "job": job,
        "zones": zones(),
        "preview": job_preview(job, now) if job and not form.is_bound else None,
        "task": task_card(form["task"].value() or ""),
        "cancel_url": _back(job),
    }
    status = 422 if form.is_bound else 200
    return TemplateResponse(request, "console/job/form.html", context, status=status)


def _conflict(form: JobForm) -> Conflict:
    """What is stored now, for each field where it is not what the form says; the next save then wins."""
    if not form.is_stale() or form.job is None:
        return []
    form.catch_up()
    stored, written = values_of(form.job), getattr(form, "cleaned_data", {})
    return [
        {"label": form.fields[name].label, "stored": form.fields[name].prepare_value(stored[name])}
        for name, value in written.items()
        if name != "version" and stored[name] != value
    ]


def _crumbs(job: Job | None) -> list[tuple[str, str]]:
    jobs = ("Jobs", reverse("admin:jobs_job_changelist"))
    return [jobs, (job.name, _back(job))] if job else [jobs]


def _back(job: Job | None) -> str:
    return reverse("admin:jobs_job_detail", args=[job.pk]) if job else reverse("admin:jobs_job_changelist")
