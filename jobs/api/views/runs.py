"""Runs: listed, read, their result and log, cancelled, run again."""

from __future__ import annotations

import uuid
from typing import Any

from django.urls import path
from django.utils.timezone import now
from rest_framework.request import Request
from rest_framework.response import Response

from jobs.access.idempotency import KeyReused
from jobs.actions.runs.cancel import cancel_run
from jobs.actions.runs.purge import delete_run
from jobs.actions.runs.run import rerun
from jobs.api.idempotency import HEADER, idempotent, key_of
from jobs.api.paging import cursor_of, page, read_cursor, read_place
from jobs.api.reading import read_body, read_query
from jobs.api.schema import operation
from jobs.api.selecting import selected, wanted_fields
from jobs.api.shapes.base import NoBody, Selecting
from jobs.api.shapes.jobs import Why
from jobs.api.shapes.runs import (
    DeleteQuery,
    JobRunsQuery,
    LogPage,
    LogsQuery,
    RerunBody,
    Result,
    RunAnswer,
    RunDetail,
    RunPage,
    RunsQuery,
)
from jobs.api.views.resource import Resource
from jobs.models import RunLog
from jobs.moments import iso
from jobs.queries.attention.misses import miss_fields, misses_of
from jobs.queries.fields import attempts_fields, json_fields, run_fields
from jobs.queries.runs.filter import RunFilter, read_run_filter
from jobs.queries.runs.listing import whole_runs_page
from jobs.queries.runs.log import log_pieces
from jobs.queries.runs.results import result_fields
from jobs.queries.why.job import why_run
from jobs.redaction.restore import stands_for

NEWEST, WRITTEN = "newest", "written"


class RunList(Resource):
    reads = "beatwright.view_run"

    def runs(self, request: Request, query: JobRunsQuery, wanted: RunFilter) -> Response:
        """A page of the runs that are wanted."""
        fields = wanted_fields(query.fields, RunAnswer)
        after = read_place(query, NEWEST)
        found = whole_runs_page(wanted, actor=self.actor, after=after, limit=query.limit)
        rows = [selected(self.shown(run_fields(run)), fields) for run in found.rows]
        answer = page(request, rows, cursor_of(NEWEST, [found.last]) if found.more_after else None)
        answer.data["searched_to"] = iso(found.searched_to)
        return answer

    def wanted(self, query: JobRunsQuery, job_id: uuid.UUID | None) -> RunFilter:
        """What is asked for, read as on every other surface."""
        return read_run_filter(query.words() | {"job": job_id}, actor=self.actor, now=now())


class Runs(RunList):
    """`runs/`"""

    @operation(
        "runs",
        "List the runs",
        query=RunsQuery,
        answer=RunPage,
        selects=RunAnswer,
        operation_id="runs_list",
    )
    def get(self, request: Request) -> Response:
        """Newest first.

        Where no index answers what is asked for, a page may hold few runs, or none, and still have
        a next: `searched_to` says how far it has looked.
        """
        query = read_query(request, RunsQuery)
        return self.runs(request, query, self.wanted(query, query.job))


class JobRuns(RunList):
    """`jobs/{id}/runs/`"""

    @operation("runs", "List a job's runs", query=JobRunsQuery, answer=RunPage, selects=RunAnswer)
    def get(self, request: Request, job_id: uuid.UUID) -> Response:
        """Newest first."""
        query = read_query(request, JobRunsQuery)
        return self.runs(request, query, self.wanted(query, self.job(job_id).pk))


class RunView(Resource):
    """`runs/{id}/`"""

    reads = "beatwright.view_run"

    @operation("runs", "Read a run", query=Selecting, answer=RunDetail, selects=RunDetail)
    def get(self, request: Request, run_id: uuid.UUID) -> Response:
        """With its attempts, oldest first."""
        fields = wanted_fields(read_query(request, Selecting).fields, RunDetail)
        run = self.run(run_id)
        return Response(
            selected(
                self.shown(run_fields(run))
                | {
                    "attempts": attempts_fields(run),
                    "misses": list(map(miss_fields, misses_of(run))),
                },
                fields,
            )
        )

    @operation("runs", "Delete a run", query=DeleteQuery, answer={204: None})
    def delete(self, request: Request, run_id: uuid.UUID) -> Response:
        """With its attempts and logs, once it is over and counted.

        Its occurrence does not come again.
        """
        reason = read_query(request, DeleteQuery).reason
        delete_run(self.run(run_id), actor=self.actor, reason=reason, now=now())
        return Response(status=204)


class RunResult(Resource):
    """`runs/{id}/result/`"""

    reads = "beatwright.view_run"

    @operation("runs", "Read a run's result", answer=Result)
    def get(self, request: Request, run_id: uuid.UUID) -> Response:
        """What its last attempt returned, or the error it ended with."""
        return Response(self.shown(result_fields(self.run(run_id))))


class RunLogs(Resource):
    """`runs/{id}/logs/`"""

    reads = "beatwright.view_run"

    @operation("runs", "Read a run's log", query=LogsQuery, answer=LogPage)
    def get(self, request: Request, run_id: uuid.UUID) -> Response:
        """In the order in which it was written.

        While a run is at work, go on asking with `cursor`.
        """
        query, run = read_query(request, LogsQuery), self.run(run_id)
        after = read_cursor(query.cursor, WRITTEN, (int, int))
        key = (after[0], after[1]) if after else None
        pieces = log_pieces(run, attempt=query.attempt, after=key, limit=query.limit + 1)
        shown = pieces[: query.limit]
        cursor = (
            cursor_of(WRITTEN, (shown[-1].attempt, shown[-1].seq))
            if shown
            else query.cursor or None
        )
        answer = page(
            request,
            [_piece(piece) for piece in shown],
            cursor if len(pieces) > len(shown) else None,
        )
        answer.data["cursor"] = cursor
        return answer


class WhyRun(Resource):
    """`runs/{id}/why/`"""

    reads = "beatwright.view_run"

    @operation("runs", "Ask why a run is not running", answer=Why)
    def get(self, request: Request, run_id: uuid.UUID) -> Response:
        """Every reason that applies, or how it ended."""
        return Response(why_run(self.run(run_id), now=now()).fields())


class CancelRun(Resource):
    """`runs/{id}/cancel/`"""

    @operation("runs", "Cancel a run", answer=RunAnswer)
    @idempotent()
    def post(self, request: Request, run_id: uuid.UUID) -> Response:
        """One that waits ends at once; one that runs is asked to stop. One that is over: 409."""
        read_body(request, NoBody)
        return Response(
            self.shown(run_fields(cancel_run(self.run(run_id), actor=self.actor, now=now())))
        )


class Rerun(Resource):
    """`runs/{id}/rerun/`"""

    @operation("runs", "Rerun a run", body=RerunBody, answer={201: RunAnswer, 200: RunAnswer})
    @idempotent(atomic=False)
    def post(self, request: Request, run_id: uuid.UUID) -> Response:
        """A new run of the same job with the same params, or with others; the old one is its
        `parent`.

        With a key that you have run it again under before: 200 and that run.
        """
        run, params, key = self.run(run_id), read_body(request, RerunBody).params, key_of(request)
        done = rerun(run, actor=self.actor, now=now(), params=params, key=key)
        if not done.created and not stands_for(
            run.params if params is None else params, done.run.params
        ):
            raise KeyReused("was used for a rerun with other params before", field=HEADER)
        return self.run_made(done)


def _piece(piece: RunLog) -> dict[str, Any]:
    return json_fields(
        {name: getattr(piece, name) for name in ("attempt", "seq", "created_at", "text")}
    )


urlpatterns = [
    path("jobs/<uuid:job_id>/runs/", JobRuns.as_view()),
    path("runs/", Runs.as_view()),
    path("runs/<uuid:run_id>/", RunView.as_view()),
    path("runs/<uuid:run_id>/result/", RunResult.as_view()),
    path("runs/<uuid:run_id>/logs/", RunLogs.as_view()),
    path("runs/<uuid:run_id>/why/", WhyRun.as_view()),
    path("runs/<uuid:run_id>/cancel/", CancelRun.as_view()),
    path("runs/<uuid:run_id>/rerun/", Rerun.as_view()),
]
