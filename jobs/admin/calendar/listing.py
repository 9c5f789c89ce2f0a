"""The calendars: what each closes, whom it concerns, and how its feed is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.contrib.admin import AdminSite
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone

from jobs.access.actor import Actor, actor_of
from jobs.admin.look.times import Moment, moment
from jobs.models import Applies, Calendar
from jobs.queries.calendars import CalendarUse, calendar_uses, is_stale

READS, MANAGES = "beatwright.view_calendar", "beatwright.manage_calendar"


@dataclass(frozen=True)
class CalendarLine:
    """``closes``: the parts that it is made of, in words; ``trouble``: what is wrong with its
    feed.
    """

    name: str
    description: str
    closes: list[str]
    concerns: str
    jobs: int
    feed_url: str
    fetched: Moment
    trouble: str


def calendars_page(site: AdminSite, request: HttpRequest) -> HttpResponse:
    """Two queries, however many there are."""
    actor = actor_of(request)
    actor.require(READS)
    now = timezone.now()
    context = {
        "title": "Calendars",
        "rows": [calendar_line(use, now) for use in calendar_uses()],
        "can_manage": may_manage(actor),
    }
    return TemplateResponse(
        request, "console/calendar/list.html", site.each_context(request) | context
    )


def may_manage(actor: Actor) -> bool:
    """Calendars are everybody's: whom tags limit changes none."""
    return actor.may(MANAGES) and actor.tags is None


def calendar_line(use: CalendarUse, now: datetime) -> CalendarLine:
    calendar = use.calendar
    return CalendarLine(
        name=calendar.name,
        description=calendar.description,
        closes=list(_closes(calendar)) or ["nothing yet"],
        concerns=concerns(calendar),
        jobs=use.jobs,
        feed_url=calendar.feed_url,
        fetched=moment(calendar.feed_fetched_at, now, absent="not fetched yet"),
        trouble=feed_trouble(calendar, now),
    )


def concerns(calendar: Calendar) -> str:
    if calendar.applies_to == Applies.ALL:
        return "all jobs"
    if calendar.applies_to == Applies.TAGGED:
        return f"jobs tagged {', '.join(calendar.tags)}, and those that name it"
    return "jobs that name it"


def feed_trouble(calendar: Calendar, now: datetime) -> str:
    """What is wrong with its feed; empty for nothing."""
    if calendar.feed_error:
        kept = (
            "the last good copy is used" if calendar.feed_fetched_at else "nothing is closed by it"
        )
        return f"{calendar.feed_error}; {kept}"
    if is_stale(calendar, now):
        return "stale: it has not been fetched for two days"
    return ""


def _closes(calendar: Calendar) -> Iterator[str]:
    if calendar.country:
        place = f"{calendar.country}-{calendar.subdivision}".rstrip("-")
        yield f"holidays of {place}"
    if calendar.weekdays:
        yield ", ".join(day.capitalize() for day in calendar.weekdays)
    counts = (
        (calendar.closed_days, "day", "by hand"), (calendar.windows, "window", ""),
        (calendar.open_days, "day", "kept open"),
    )  # fmt: skip
    for lines, what, how in counts:
        if lines:
            yield f"{len(lines)} {what}{'s' if len(lines) > 1 else ''} {how}".rstrip()
    if calendar.feed_url or ("ics" not in calendar.get_deferred_fields() and calendar.ics):
        yield "an iCalendar feed" if calendar.feed_url else "an iCalendar file"
