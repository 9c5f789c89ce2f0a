"""The night for programs: what starts when, and what ran when."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.urls import path
from django.utils.timezone import now
from rest_framework.request import Request
from rest_framework.response import Response

from jobs.api.reading import read_query
from jobs.api.schema import operation
from jobs.api.shapes.night import ForecastAnswer, NightQuery, TimelineAnswer, TimelineQuery
from jobs.api.views.resource import Resource
from jobs.errors import DomainError
from jobs.moments import is_near
from jobs.queries.jobs.filter import JobFilter
from jobs.queries.night.fields import forecast_fields, timeline_fields
from jobs.queries.night.forecast import starts_by_minute
from jobs.queries.night.timeline import timeline_bars

LONGEST = timedelta(days=7)


class ForecastView(Resource):
    """`forecast/`"""

    reads = "beatwright.view_job"

    @operation("night", "Forecast the starts", query=NightQuery, answer=ForecastAnswer)
    def get(self, request: Request) -> Response:
        """How many runs start in each minute, as the schedules have it, jitter counted in."""
        query = read_query(request, NightQuery)
        start = (query.start or now()).replace(second=0, microsecond=0)
        end = _end(start, query.end, timedelta(days=1))
        return Response(
            forecast_fields(starts_by_minute(_wanted(query), start, end, actor=self.actor), end)
        )


class TimelineView(Resource):
    """`timeline/`"""

    reads = "beatwright.view_run"

    @operation("night", "Read the timeline", query=TimelineQuery, answer=TimelineAnswer)
    def get(self, request: Request) -> Response:
        """The runs of a span, and the occurrences that are expected in it for as long as their job
        usually takes.
        """
        self.actor.require("beatwright.view_job")
        query, moment = read_query(request, TimelineQuery), now()
        start = query.start or moment - timedelta(hours=6)
        end = _end(start, query.end, timedelta(hours=12))
        found = timeline_bars(_wanted(query), start, end, actor=self.actor, now=moment)
        return Response(timeline_fields(found, start, end))


def _wanted(query: NightQuery) -> JobFilter:
    return JobFilter(search=query.search, queue=query.queue, tag=query.tag)


def _end(start: datetime, end: datetime | None, usually: timedelta) -> datetime:
    """Raises DomainError for a span that is empty, longer than a week, or out of this world."""
    if not is_near(start) or (end is not None and not is_near(end)):
        raise DomainError("is too far away", field="from" if not is_near(start) else "to")
    found = end or start + usually
    if not start < found <= start + LONGEST:
        raise DomainError("must be later than from, by seven days at most", field="to")
    return found


urlpatterns = [
    path("forecast/", ForecastView.as_view()),
    path("timeline/", TimelineView.as_view()),
]
