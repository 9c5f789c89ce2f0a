"""Dead letters: runs that failed for good, listed, grouped, requeued, discarded."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from itertools import islice

from django.urls import path
from django.utils.timezone import now
from rest_framework.request import Request
from rest_framework.response import Response

from jobs.access.actor import Actor
from jobs.access.visible import visible_runs
from jobs.actions.runs.dead_letters import discard, requeue
from jobs.actions.undo import undo_discard
from jobs.api.idempotency import idempotent
from jobs.api.paging import cursor_of, page, read_place
from jobs.api.reading import read_body, read_query
from jobs.api.schema import operation
from jobs.api.selecting import selected, wanted_fields
from jobs.api.shapes.runs import (
    Chosen,
    DeadLetterQuery,
    DeadLettersQuery,
    DiscardBody,
    Discarded,
    DiscardUndone,
    Groups,
    RequeueBody,
    Requeued,
    RunAnswer,
    RunPage,
    UndoDiscardBody,
)
from jobs.api.views.resource import Resource
from jobs.errors import DomainError
from jobs.models import Run
from jobs.queries.dead_letters import (
    DeadLetterFilter,
    dead_letter_groups,
    dead_letters_page,
    every_dead_letter,
)
from jobs.queries.fields import json_fields, run_fields
from jobs.queries.lookup import find_job

MOST_AT_ONCE = 1_000
NEWEST = "newest"


class DeadLetters(Resource):
    """`dead-letters/`"""

    reads = "beatwright.view_run"

    @operation(
        "dead letters",
        "List the dead letters",
        query=DeadLettersQuery,
        answer=RunPage,
        selects=RunAnswer,
    )
    def get(self, request: Request) -> Response:
        """Runs that failed or timed out and that nobody has resolved, newest first."""
        query = read_query(request, DeadLettersQuery)
        fields, after = wanted_fields(query.fields, RunAnswer), read_place(query, NEWEST)
        wanted = _filter(query, self.actor)
        found = dead_letters_page(wanted, actor=self.actor, after=after, limit=query.limit + 1)
        rows = [selected(self.shown(run_fields(run)), fields) for run in found[: query.limit]]
        more = len(found) > query.limit
        return page(request, rows, cursor_of(NEWEST, [found[query.limit - 1].pk]) if more else None)


class DeadLetterGroups(Resource):
    """`dead-letters/groups/`"""

    reads = "beatwright.view_run"

    @operation(
        "dead letters",
        "Group the dead letters by kind of error",
        query=DeadLetterQuery,
        answer=Groups,
    )
    def get(self, request: Request) -> Response:
        """The newest 10,000 of them; at most 100 groups."""
        groups = dead_letter_groups(
            _filter(read_query(request, DeadLetterQuery), self.actor), actor=self.actor
        )
        return Response({"results": [json_fields(asdict(group)) for group in groups]})


class ResolvingView(Resource):
    @property
    def _most(self) -> int | None:
        """No bound for a command of this process, which keeps nobody waiting."""
        return None if self.is_called_in_process else MOST_AT_ONCE


class RequeueDeadLetters(ResolvingView):
    """`dead-letters/requeue/`"""

    @operation("dead letters", "Requeue dead letters", body=RequeueBody, answer=Requeued)
    @idempotent(atomic=False)
    def post(self, request: Request) -> Response:
        """At most 1,000 at once, the oldest first.

        Those that cannot be run again are left, with the reason.
        """
        body = read_body(request, RequeueBody)
        dead = Taken(_chosen(body, self.actor), self._most)
        done = requeue(
            dead,
            actor=self.actor,
            now=now(),
            params=body.params,
            rate=body.rate,
            dry_run=body.dry_run,
        )
        runs = {} if body.dry_run else {str(old): str(run.pk) for old, run in done.runs.items()}
        left = {str(old): reason for old, reason in done.left.items()}
        counts = {"requeued": len(done.runs), "more": dead.more, "dry_run": body.dry_run}
        return Response(counts | {"runs": runs, "left": left})


class DiscardDeadLetters(ResolvingView):
    """`dead-letters/discard/`"""

    @operation("dead letters", "Discard dead letters", body=DiscardBody, answer=Discarded)
    @idempotent(atomic=False)
    def post(self, request: Request) -> Response:
        """Resolve them without running them again: at most 1,000 at once, the oldest first."""
        body = read_body(request, DiscardBody)
        dead = Taken(_chosen(body, self.actor), self._most)
        if body.dry_run:
            count = sum(1 for _ in dead)
        else:
            count = discard(dead, actor=self.actor, reason=body.reason, now=now())
        return Response({"discarded": count, "more": dead.more, "dry_run": body.dry_run})


class UndoDiscard(Resource):
    """`dead-letters/undo-discard/`"""

    @operation("dead letters", "Undo a discard", body=UndoDiscardBody, answer=DiscardUndone)
    @idempotent(atomic=False)
    def post(self, request: Request) -> Response:
        """What was requeued, or is no dead letter that somebody discarded, is left as it is."""
        body = read_body(request, UndoDiscardBody)
        runs = visible_runs(self.actor).filter(pk__in=body.ids).select_related("job")
        return Response({"undone": undo_discard(runs, actor=self.actor, now=now())})


@dataclass
class Taken:
    """The first of the dead letters that were chosen; ``more`` says, once they are through, that
    there are others.
    """

    chosen: Iterator[Run]
    most: int | None
    more: bool = field(default=False, init=False)

    def __iter__(self) -> Iterator[Run]:
        yield from islice(self.chosen, self.most)
        self.more = next(self.chosen, None) is not None


def _filter(query: DeadLetterQuery, actor: Actor) -> DeadLetterFilter:
    job = find_job(str(query.job), actor=actor) if query.job else None
    return DeadLetterFilter(job=job, fingerprint=query.fingerprint)


def _chosen(body: Chosen, actor: Actor) -> Iterator[Run]:
    job = find_job(str(body.job), actor=actor) if body.job else None
    wanted = DeadLetterFilter(job=job, fingerprint=body.fingerprint, ids=body.ids)
    if (wanted != DeadLetterFilter()) == body.all:
        raise DomainError("choose with ids, job and fingerprint, or all", field="all")
    return iter(every_dead_letter(wanted, actor=actor))


urlpatterns = [
    path("dead-letters/", DeadLetters.as_view()),
    path("dead-letters/groups/", DeadLetterGroups.as_view()),
    path("dead-letters/requeue/", RequeueDeadLetters.as_view()),
    path("dead-letters/discard/", DiscardDeadLetters.as_view()),
    path("dead-letters/undo-discard/", UndoDiscard.as_view()),
]
