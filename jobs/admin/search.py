"""Search from any page: jobs by a part of their name, runs by id, pages by title; and what can be
done to a job, by the verb before its name.

JSON for the header, else a page.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass

from django.contrib.admin import AdminSite
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.template.response import TemplateResponse
from django.urls import reverse

from jobs.access.actor import Actor, actor_of
from jobs.admin.look.badges import run_badge
from jobs.admin.look.paging import parameter
from jobs.admin.navigation import pages
from jobs.queries.search import find_jobs, find_runs

MOST = 20
# The word before a job's name → the permission, and the address of the form.
ACTIONS = {
    "run": ("beatwright.run_job", "beatwright_job_act", "run"),
    "pause": ("beatwright.pause_job", "beatwright_job_act", "pause"),
    "edit": ("beatwright.change_job", "beatwright_job_change", ""),
    "backfill": ("beatwright.backfill_job", "beatwright_job_backfill", ""),
}


@dataclass(frozen=True)
class SearchHit:
    """``kind``: job, run, page or action."""

    kind: str
    title: str
    note: str
    url: str


def search(request: HttpRequest, site: AdminSite) -> HttpResponse:
    """``?q=``: at most 20 rows, of what this person may see; three queries at the most.

    A page of one row is that row's own.
    """
    text = parameter(request, "q")
    found = list(matches(request, text))[:MOST]
    if "application/json" in request.headers.get("Accept", ""):
        return JsonResponse({"q": text, "results": [asdict(row) for row in found]})
    if len(found) == 1:
        return HttpResponseRedirect(found[0].url)
    context = {"title": "Search", "q": text, "found": found}
    return TemplateResponse(
        request, "console/search/page.html", site.each_context(request) | context
    )


def matches(request: HttpRequest, text: str) -> Iterator[SearchHit]:
    actor = actor_of(request)
    if actor.may("beatwright.view_run"):
        for run in find_runs(text, actor=actor):
            yield SearchHit(
                "run",
                f"Run {run.pk}",
                f"{run.job.name}, {run_badge(run).word}",
                _url("beatwright_run_change", run.pk),
            )
    for title, url in pages(request):
        if text and text.lower() in title.lower():
            yield SearchHit("page", title, "", url)
    if actor.may("beatwright.view_job"):
        yield from _actions(text, actor)
        for job in find_jobs(text, actor=actor):
            yield SearchHit("job", job.name, job.task, _url("beatwright_job_detail", job.pk))


def _actions(text: str, actor: Actor) -> Iterator[SearchHit]:
    """``pause nightly``: the question that pausing asks, for each job that is found."""
    word, _, rest = text.strip().partition(" ")
    permission, name, verb = ACTIONS.get(word.lower(), ("", "", ""))
    if not permission or not actor.may(permission):
        return
    for job in find_jobs(rest, actor=actor):
        args = [job.pk, verb] if verb else [job.pk]
        url = reverse(f"beatwright:{name}", args=args)
        yield SearchHit("action", f"{word.capitalize()} {job.name}", job.task, url)


def _url(name: str, pk: object) -> str:
    return reverse(f"beatwright:{name}", args=[pk])
