"""Calendars: listed, made, read, changed, removed; what one closes, what a change would move."""

from __future__ import annotations

from typing import Any

from django.urls import path
from django.utils.timezone import now
from rest_framework.request import Request
from rest_framework.response import Response

from jobs.actions.calendars.editing import (
    changed_calendar,
    create_calendar,
    delete_calendar,
    update_calendar,
)
from jobs.api.idempotency import idempotent
from jobs.api.reading import read_body, read_query
from jobs.api.schema import operation
from jobs.api.shapes.calendars import (
    CalendarAnswer,
    CalendarDays,
    CalendarPatch,
    Calendars,
    DaysQuery,
    DryRunQuery,
    NewCalendar,
)
from jobs.api.views.resource import Resource
from jobs.queries.calendars import (
    CalendarUse,
    calendar_use,
    calendar_uses,
    closed_days,
    moves_of,
)


class CalendarList(Resource):
    """`calendars/`"""

    reads = "beatwright.view_calendar"

    @operation("calendars", "List the calendars", answer=Calendars, operation_id="calendars_list")
    def get(self, request: Request) -> Response:
        """All of them, at most 200, without iCalendar texts."""
        rows = [use.fields() for use in calendar_uses()]
        return Response({"results": rows})

    @operation("calendars", "Create a calendar", body=NewCalendar, answer={201: CalendarAnswer})
    @idempotent()
    def post(self, request: Request) -> Response:
        """Jobs follow it once they name it, unless it applies to all or to tags."""
        values = read_body(request, NewCalendar).values()
        calendar = create_calendar(values, actor=self.actor, now=now())
        answer = Response(calendar_use(calendar.name).fields(), status=201)
        answer["Location"] = self.address(f"calendars/{calendar.name}/")
        return answer


class OneCalendar(Resource):
    """`calendars/{name}/`"""

    reads = "beatwright.view_calendar"

    @operation("calendars", "Read a calendar", answer=CalendarAnswer)
    def get(self, request: Request, name: str) -> Response:
        """What it closes, and how many jobs name it."""
        return Response(calendar_use(name).fields())

    @operation(
        "calendars",
        "Change some fields of a calendar",
        query=DryRunQuery,
        body=CalendarPatch,
        answer=CalendarAnswer,
    )
    def patch(self, request: Request, name: str) -> Response:
        """What is left out stays as it is. Jobs whose occurrences it moves are planned anew."""
        values = read_body(request, CalendarPatch).values()
        if read_query(request, DryRunQuery).dry_run:
            return self._previewed(name, values)
        update_calendar(name, values, actor=self.actor, now=now())
        return Response(calendar_use(name).fields())

    def _previewed(self, name: str, values: dict[str, Any]) -> Response:
        """The calendar as it would be, and what that would move; nothing is changed."""
        self.actor.require_everywhere("beatwright.manage_calendar")
        use = calendar_use(name)
        changed = changed_calendar(use.calendar, values)
        moves = moves_of(name, changed, actor=self.actor, now=now())
        return Response(CalendarUse(changed, use.jobs, moves).fields())

    @operation("calendars", "Remove a calendar", answer={204: None})
    def delete(self, request: Request, name: str) -> Response:
        """One that jobs name stays: take it out of them first."""
        delete_calendar(name, actor=self.actor, now=now())
        return Response(status=204)


class CalendarDaysView(Resource):
    """`calendars/{name}/days/`"""

    reads = "beatwright.view_calendar"

    @operation("calendars", "List what a calendar closes", query=DaysQuery, answer=CalendarDays)
    def get(self, request: Request, name: str) -> Response:
        """Every day from `from` to `to`, with why it is closed or which of its hours are."""
        query = read_query(request, DaysQuery)
        calendar = calendar_use(name).calendar
        days = closed_days(calendar, query.from_, query.to, query.timezone)
        rows = [{"day": str(each.day), "why": each.why, "windows": each.windows} for each in days]
        return Response({"results": rows})


urlpatterns = [
    path("calendars/", CalendarList.as_view()),
    path("calendars/<str:name>/", OneCalendar.as_view()),
    path("calendars/<str:name>/days/", CalendarDaysView.as_view()),
]
