"""A button for all jobs that the list's filter matches, on whichever page: asked first, then begun
in bulk.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime
from typing import Any

from django.http import HttpRequest, QueryDict
from django.urls import reverse

from jobs.access.actor import actor_of
from jobs.actions.bulk import begin_bulk
from jobs.admin.job.buttons.press import ARCHIVED, back_or_list, question
from jobs.admin.job.buttons.verbs import FOR_MANY, VERBS, pause_end, words_in
from jobs.admin.job.list.filtering import chips, wanted_jobs
from jobs.admin.look import paging
from jobs.admin.look.confirming import Confirmation
from jobs.models import BulkOperation, BulkVerb
from jobs.moments import iso
from jobs.queries.jobs.listing import found_jobs
from jobs.queries.paging import capped

ZONE = "UTC"
Arguments = dict[str, Any]


def question_for_all(
    request: HttpRequest, verb: str, problem: str = "", *, now: datetime
) -> dict[str, Any]:
    """The context of the page that asks how ``verb`` is to be done to all jobs that match; two
    queries at the most.
    """
    wanted = wanted_jobs(request)
    subject = f"all {capped(found_jobs(wanted, actor=actor_of(request)).count)} matching jobs"
    return question(request, verb, [], problem, now=now) | {
        "title": f"{VERBS[verb].label}: {subject}",
        "subject": subject,
        "is_for_all": True,
        "chips": [chip.label for chip in chips(request, wanted)],
        "zone": ZONE,
        "action": address(request),
    }


def archive_all_question(request: HttpRequest, problem: str = "") -> Confirmation:
    """What stands before archiving all jobs that match; one query."""
    wanted = wanted_jobs(request)
    count = capped(found_jobs(wanted, actor=actor_of(request)).count)
    matching = ", ".join(chip.label for chip in chips(request, wanted))
    return Confirmation(
        title=f"Archive all {count} matching jobs?",
        button=f"Archive all {count} jobs",
        action=address(request),
        back=back_or_list(request),
        says=[
            f"Matching {matching}."
            if matching
            else "No filter: this applies to every job you can see.",
            ARCHIVED,
            "The jobs are archived one by one. You can watch the progress and stop it.",
        ],
        fields=[("verb", "archive"), ("all", "1"), ("next", back_or_list(request))],
        icon="inventory_2",
        problem=problem,
    )


def buttons_for_all(request: HttpRequest) -> list[tuple[str, str]]:
    """The verbs that this person may press, each with its label: all of them ask first."""
    actor = actor_of(request)
    return [(name, f"{verb.label}…") for name, verb in FOR_MANY.items() if actor.may(verb.needs)]


def address(request: HttpRequest) -> str:
    """Where the buttons lead, with this page's filter."""
    return reverse("beatwright:beatwright_job_bulk") + paging.link(
        request, after="", before="", order=""
    )


def begin_for_all(request: HttpRequest, verb: str, now: datetime) -> BulkOperation:
    """Raises what ``begin_bulk`` raises."""
    bulk, arguments = VERBS_FOR_ALL[verb]
    wanted = {name: text for name, text in asdict(wanted_jobs(request)).items() if text}
    return begin_bulk(bulk, wanted, arguments(request.POST, now), actor=actor_of(request), now=now)


def _none(post: QueryDict, now: datetime) -> Arguments:
    return {}


def _pause(post: QueryDict, now: datetime) -> Arguments:
    until = pause_end(post, ZONE, now)
    return {"reason": post.get("reason", ""), "until": iso(until)}


def _tags(post: QueryDict, now: datetime) -> Arguments:
    return {"tags": words_in(post.get("tags", ""))}


def _queue(post: QueryDict, now: datetime) -> Arguments:
    return {"queue": post.get("queue", "").strip()}


VERBS_FOR_ALL: dict[str, tuple[BulkVerb, Callable[[QueryDict, datetime], Arguments]]] = {
    "run": (BulkVerb.RUN, _none),
    "pause": (BulkVerb.PAUSE, _pause),
    "resume": (BulkVerb.RESUME, _none),
    "tag": (BulkVerb.ADD_TAG, _tags),
    "queue": (BulkVerb.SET_QUEUE, _queue),
    "archive": (BulkVerb.ARCHIVE, _none),
}
