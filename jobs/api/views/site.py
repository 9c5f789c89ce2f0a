"""The installation: tasks, queues, workers, figures, schedules that are only looked at."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from django.urls import path
from django.utils.timezone import now
from rest_framework.request import Request
from rest_framework.response import Response

from jobs.access.actor import Actor
from jobs.actions.queues import pause_queue, resume_queue
from jobs.actions.workers import shut_down_worker
from jobs.api.errors import NoSuchThing
from jobs.api.idempotency import idempotent
from jobs.api.reading import read_body, read_query
from jobs.api.schema import operation
from jobs.api.shapes.base import NoBody
from jobs.api.shapes.jobs import Pause, Preview, SchedulePreviewQuery
from jobs.api.shapes.site import (
    HistoryAnswer,
    HistoryQuery,
    QueueAnswer,
    Queues,
    Stats,
    Task,
    Tasks,
    Worker,
    Workers,
)
from jobs.api.views.resource import Resource
from jobs.history.stored import examine_for
from jobs.params import registry
from jobs.queries.fields import json_fields
from jobs.queries.jobs.preview import preview_text
from jobs.queries.queues import queue_load, queue_loads
from jobs.queries.site.stats import stats
from jobs.queries.workers import find_worker, live_workers


class Registry(Resource):
    """`registry/`"""

    reads = "beatwright.view_job"

    @operation("site", "List the tasks", answer=Tasks, operation_id="registry_list")
    def get(self, request: Request) -> Response:
        """Every registered task, with the JSON Schema of its params."""
        return Response({"results": [asdict(info) for info in registry.registered().values()]})


class TaskView(Resource):
    """`registry/{name}/`"""

    reads = "beatwright.view_job"

    @operation("site", "Read a task", answer=Task)
    def get(self, request: Request, name: str) -> Response:
        """One that cannot be a job says why in `refusal`."""
        info = registry.registered().get(name)
        if info is None:
            raise NoSuchThing(f"no task is registered as {name[:200]!r}", field="name")
        return Response(asdict(info))


class SchedulePreview(Resource):
    """`schedules/preview/`"""

    reads = "beatwright.view_job"

    @operation("site", "Preview a schedule", query=SchedulePreviewQuery, answer=Preview)
    def get(self, request: Request) -> Response:
        """A sentence, the next occurrences, and what may surprise."""
        query = read_query(request, SchedulePreviewQuery)
        after = query.after or now()
        preview = preview_text(
            query.schedule,
            query.timezone,
            after=after,
            count=query.count,
            day_rule=query.day_rule,
            calendars=[name for name in map(str.strip, query.calendars.split(",")) if name],
            calendar_policy=query.calendar_policy,
        )
        return Response(preview.fields())


class QueueList(Resource):
    """`queues/`"""

    reads = "beatwright.view_queue"

    @operation("queues", "List the queues", answer=Queues)
    def get(self, request: Request) -> Response:
        """Those that jobs, waiting runs or people name, at most 200."""
        return Response(
            {"results": [json_fields(asdict(load)) for load in queue_loads(actor=self.actor)]}
        )


class PauseQueue(Resource):
    """`queues/{name}/pause/`"""

    @operation("queues", "Pause a queue", body=Pause, answer=QueueAnswer)
    @idempotent()
    def post(self, request: Request, name: str) -> Response:
        """Its runs wait in the database; those that have a message already still run."""
        body = read_body(request, Pause)
        pause_queue(name, actor=self.actor, reason=body.reason, until=body.until, now=now())
        return _queue(name, self.actor)


class ResumeQueue(Resource):
    """`queues/{name}/resume/`"""

    @operation("queues", "Resume a queue", answer=QueueAnswer)
    @idempotent()
    def post(self, request: Request, name: str) -> Response:
        """Its runs are sent again, best rank first."""
        read_body(request, NoBody)
        resume_queue(name, actor=self.actor, now=now())
        return _queue(name, self.actor)


class WorkerList(Resource):
    """`workers/`"""

    reads = "beatwright.view_worker"

    @operation("site", "List the workers", answer=Workers)
    def get(self, request: Request) -> Response:
        """Those that live: heard of within the last minute, and not stopped."""
        return Response(
            {"results": [_worker(worker) for worker in live_workers(now=now()).workers]}
        )


class ShutDownWorker(Resource):
    """`workers/{name}/shutdown/`"""

    @operation("site", "Shut down a worker", answer=Worker)
    @idempotent()
    def post(self, request: Request, name: str) -> Response:
        """At its next heartbeat it takes nothing new; what runs has the grace time, the rest goes
        back to its queue.
        """
        return Response(_worker(shut_down_worker(find_worker(name), actor=self.actor, now=now())))


class SiteStats(Resource):
    """`stats/`"""

    reads = "beatwright.view_run"

    @operation("site", "Read the dashboard figures", answer=Stats)
    def get(self, request: Request) -> Response:
        """What runs and waits, who works, what needs attention."""
        return Response(stats(actor=self.actor, now=now()))


class HistoryView(Resource):
    """`history/`"""

    reads = "beatwright.view_run"

    @operation("site", "Check the history", query=HistoryQuery, answer=HistoryAnswer)
    def get(self, request: Request) -> Response:
        """Whether the promises were kept, as far as rows can tell; not for whom tags limit."""
        query = read_query(request, HistoryQuery)
        return Response(examine_for(self.actor, since=query.since).fields())


def _queue(name: str, actor: Actor) -> Response:
    return Response(json_fields(asdict(queue_load(name, actor=actor))))


def _worker(worker: Any) -> dict[str, Any]:
    return json_fields({name: getattr(worker, name) for name in Worker.model_fields})


urlpatterns = [
    path("registry/", Registry.as_view()),
    path("registry/<path:name>/", TaskView.as_view()),
    path("schedules/preview/", SchedulePreview.as_view()),
    path("queues/", QueueList.as_view()),
    path("queues/<str:name>/pause/", PauseQueue.as_view()),
    path("queues/<str:name>/resume/", ResumeQueue.as_view()),
    path("workers/", WorkerList.as_view()),
    path("workers/<path:name>/shutdown/", ShutDownWorker.as_view()),
    path("stats/", SiteStats.as_view()),
    path("history/", HistoryView.as_view()),
]
