"""Rerun and cancel for many runs: the ticked ones, or all that match; asked first, then begun in
bulk.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.contrib.admin import AdminSite
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from jobs.access.actor import actor_of
from jobs.access.visible import visible_runs
from jobs.actions.bulk import NEEDS, begin_bulk
from jobs.admin.look import paging
from jobs.admin.look.confirming import Confirmation, ask_to_confirm, is_sure
from jobs.admin.run.list.filtering import run_chips, wanted_runs
from jobs.errors import DomainError, Forbidden
from jobs.models import BulkVerb
from jobs.queries.bulk import count_matched, matched_runs
from jobs.queries.paging import CAP, capped
from jobs.queries.runs.filter import words_kept

TICKED_MOST = 500


@dataclass(frozen=True)
class ForRuns:
    """A verb for many runs: its button, its icon, and what to know before."""

    label: str
    icon: str
    says: str
    left_out: str


FOR_RUNS: Mapping[BulkVerb, ForRuns] = {
    BulkVerb.RERUN: ForRuns(
        "Rerun",
        "replay",
        "Each gets a new run of its job with the same params. The old runs stay as they are.",
        "not finished",
    ),
    BulkVerb.CANCEL: ForRuns(
        "Cancel",
        "block",
        "Waiting runs end at once. Running ones are asked to stop. This cannot be undone.",
        "finished",
    ),
}


def run_buttons(request: HttpRequest) -> list[tuple[str, str]]:
    """The verbs that this person may press, each with its label."""
    actor = actor_of(request)
    return [(verb.value, f"{it.label}…") for verb, it in FOR_RUNS.items() if actor.may(NEEDS[verb])]


def act_on_runs(site: AdminSite, request: HttpRequest, now: datetime) -> HttpResponse:
    """POST ``verb`` and each ``run``, or ``all`` with the list's filter: asks; with ``sure``,
    begins.
    """
    verb = _verb(request)
    actor = actor_of(request)
    actor.require(NEEDS[verb])
    problem = ""
    try:
        meant = _meant(request, now)
        if is_sure(request):
            begun = begin_bulk(verb, meant, {}, actor=actor, now=now)
            return HttpResponseRedirect(reverse("beatwright:bulk_operation", args=[begun.pk]))
        question = _question(request, verb, meant, now)
        if question:
            return ask_to_confirm(site, request, question, [("Runs", _list())])
        problem = f"None of these runs can be done: they are {FOR_RUNS[verb].left_out}."
    except Forbidden:
        raise
    except DomainError as error:
        problem = f"Nothing was started: {error}."
    messages.error(request, problem)
    return HttpResponseRedirect(paging.back(request, _list()))


def _verb(request: HttpRequest) -> BulkVerb:
    word = request.POST.get("verb", "")
    if word not in FOR_RUNS:
        raise Http404("This action does not exist.")
    return BulkVerb(word)


def _meant(request: HttpRequest, now: datetime) -> dict[str, Any]:
    if "all" in request.POST:
        return words_kept(wanted_runs(request, now))
    ids = [text for text in request.POST.getlist("run")[:TICKED_MOST] if _is_id(text)]
    if not ids:
        raise DomainError("no run was selected")
    return {"ids": ids}


def _question(
    request: HttpRequest, verb: BulkVerb, meant: dict[str, Any], now: datetime
) -> Confirmation | None:
    actor = actor_of(request)
    count = count_matched(matched_runs(verb, meant, actor), CAP)
    if not count:
        return None
    it, number = FOR_RUNS[verb], capped(count)
    runs = f"{number} run{'' if count == 1 else 's'}"
    ids = meant.get("ids", ())
    says = [it.says]
    if ids and len(ids) > count:
        says.append(f"{len(ids) - count:,} of those selected are left out: {it.left_out}.")
    if not ids:
        chips = ", ".join(chip.label for chip in run_chips(request, wanted_runs(request, now), now))
        since = f"made since {meant['since']}" if "since" in meant else "of all time"
        says.append(f"All that match, {since}{f': {chips}' if chips else ''}.")
    says.append("They are done one by one. You can watch the progress and stop it.")
    fields = [("verb", verb.value), *(("run", str(pk)) for pk in ids)]
    if not ids:
        fields.append(("all", "1"))
    back = paging.back(request, _list())
    return Confirmation(
        title=f"{it.label} {runs}?",
        button=f"{it.label} {runs}",
        action=address_for_all(request) if not ids else reverse("beatwright:runs_bulk"),
        back=back,
        says=says,
        named=_names(request, ids),
        fields=[*fields, ("next", back)],
        icon=it.icon,
    )


def _names(request: HttpRequest, ids: Any) -> list[str]:
    runs = visible_runs(actor_of(request)).filter(pk__in=ids).select_related("job").newest_first()
    return [f"{run.job.name} · {str(run.pk)[-8:]}" for run in runs.only("id", "job__name")]


def address_for_all(request: HttpRequest) -> str:
    """Where the buttons for all that match lead, with this page's filter."""
    return reverse("beatwright:runs_bulk") + paging.link(request, after="", before="")


def _list() -> str:
    return reverse("beatwright:beatwright_run_changelist")


def _is_id(text: str) -> bool:
    try:
        return bool(uuid.UUID(text))
    except ValueError:
        return False
