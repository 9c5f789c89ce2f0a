"""The buttons: run now, pause, resume, archive, for one job or for those that are ticked."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.dateparse import parse_datetime
from django.utils.html import format_html
from django.utils.http import url_has_allowed_host_and_scheme

from jobs.access.actor import actor_of
from jobs.actions.jobs import archive_job
from jobs.actions.pausing import pause_job, resume_job
from jobs.actions.running import RunNow, run_now
from jobs.admin.look.times import zone_of
from jobs.errors import DomainError
from jobs.models import Job

Verb = Callable[[HttpRequest, Job, datetime], None]
MOST_AT_ONCE = 200
PAUSE_LABELS = {"paused_until": "the end of the pause", "paused_reason": "the reason"}


def run_one(request: HttpRequest, job: Job, now: datetime) -> None:
    done = run_now(job, actor=actor_of(request), now=now)
    url = reverse("admin:jobs_run_change", args=[done.run.pk])
    messages.success(request, format_html('{} {} <a href="{}">Follow the run</a>', job.name, told(done), url))


def told(done: RunNow) -> str:
    return f"{done.run.state}: {done.note}." if done.note else "is on its way."


def pause_one(request: HttpRequest, job: Job, now: datetime) -> None:
    reason = request.POST.get("reason", "").replace("\0", "").strip()
    try:
        until = _until(request.POST.get("until", ""), job.timezone)
        pause_job(job, actor=actor_of(request), reason=reason, until=until, now=now)
    except DomainError as error:
        raise DomainError(f"{PAUSE_LABELS.get(error.field, '')} {error}".strip()) from error
    messages.success(request, f"{job.name} is paused.")


def _until(text: str, zone: str) -> datetime | None:
    """The moment typed into the pause's form, in the job's zone; None where nothing was."""
    try:
        value = parse_datetime(text)
    except ValueError:
        value = None
    if text and value is None:
        raise DomainError("is no date and time", field="paused_until")
    return value.replace(tzinfo=zone_of(zone)) if value and value.tzinfo is None else value


def resume_one(request: HttpRequest, job: Job, now: datetime) -> None:
    resume_job(job, actor=actor_of(request), now=now)
    messages.success(request, f"{job.name} is on again, from now on.")


def archive_one(request: HttpRequest, job: Job, now: datetime) -> None:
    deleted = archive_job(job, actor=actor_of(request), now=now)
    messages.success(request, f"{job.name} is {'deleted: it had no runs' if deleted else 'archived'}.")


VERBS: dict[str, Verb] = {"run": run_one, "pause": pause_one, "resume": resume_one, "archive": archive_one}
NEEDED = {
    "run": "jobs.run_job", "pause": "jobs.pause_job", "resume": "jobs.pause_job", "archive": "jobs.delete_job"
}  # fmt: skip


def act(request: HttpRequest, verb: str, jobs: Sequence[Job], now: datetime) -> HttpResponse:
    """Do it to each job, say for each that could not be done why, and go back to where the button was."""
    for job in jobs:
        try:
            VERBS[verb](request, job, now)
        except DomainError as error:
            messages.error(request, f"{job.name}: {error}")
    return HttpResponseRedirect(back(request))


def run_and_follow(request: HttpRequest, job: Job, now: datetime) -> HttpResponse:
    """Run it and go to the run's page; where it cannot be run, back to the job with the reason."""
    try:
        done = run_now(job, actor=actor_of(request), now=now)
    except DomainError as error:
        messages.error(request, f"{job.name}: {error}")
        return HttpResponseRedirect(reverse("admin:jobs_job_detail", args=[job.pk]))
    if done.note:
        messages.warning(request, f"{job.name} {told(done)}")
    return HttpResponseRedirect(reverse("admin:jobs_run_change", args=[done.run.pk]))


def back(request: HttpRequest) -> str:
    """The page that the form names, if it is one of ours; else the list."""
    url = request.POST.get("next", "")
    ours = url_has_allowed_host_and_scheme(url, {request.get_host()}, require_https=request.is_secure())
    return url if ours else reverse("admin:jobs_job_changelist")
