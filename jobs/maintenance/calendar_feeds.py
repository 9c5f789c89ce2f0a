"""The feeds of calendars: fetched again and again, the last good copy kept; and jobs planned by a
calendar as it no longer is.

A feed is fetched outside of any transaction, within a deadline, and only from where tasks may go.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.module_loading import import_string

from jobs import conf
from jobs.access.actor import Actor, Surface
from jobs.actions.calendars.editing import changed_calendar, replan, save_change
from jobs.errors import DomainError
from jobs.isolation import each_by_itself
from jobs.models import Calendar, CalendarSet, Job
from jobs.models.job_state import rule_key

EVERY, AFTER_TROUBLE = timedelta(hours=1), timedelta(minutes=10)
AT_ONCE = 3  # so that slow ones do not keep the leader's other services waiting for long
DEADLINE_SECONDS = 10.0
FEED = Actor("feed", Surface.SYSTEM)

Fetch = Callable[[str], str]


def fetch_feed(address: str) -> str:
    """The text at a web address, by the rules that the task HttpRequest has: public hosts or those
    of http_allow_hosts, few redirects, at most 1 MB.
    """
    # Jobs know no tasks: of these two functions no more than the names.
    build, fetch = import_string("tasks.web.build"), import_string("tasks.web.fetch")
    limits = import_string("tasks.web.Limits")
    allowed = list(conf.get().http_allow_hosts)
    answer = fetch(build("GET", address, {}), limits(seconds=DEADLINE_SECONDS, allow=allowed))
    if answer.status != 200:
        raise DomainError(f"{answer.url} answered {answer.status}", field="feed_url")
    return str(answer.text)


class CalendarFeeds:
    """``fetch`` returns the text at an address, or raises."""

    def __init__(self, fetch: Fetch = fetch_feed) -> None:
        self._fetch = fetch
        self._seen: str | None = None

    def run_once(self, *, now: datetime) -> dict[str, int]:
        """Returns how many feeds were fetched, calendars changed by them, and jobs planned
        again.
        """
        due = list(_due(now).values_list("name", "feed_url")[:AT_ONCE])
        done = each_by_itself(
            due, lambda feed: self._follow(*feed, now=now), what="feed of a calendar"
        )
        return {
            "calendar feeds fetched": len(due),
            "calendars changed": sum(done),
            "jobs planned again": self._catch_up(now),
        }

    def _follow(self, name: str, address: str, *, now: datetime) -> int:
        """Fetch one feed; 1 if the calendar closes something else from now on."""
        row = Calendar.objects.filter(pk=name, feed_url=address)
        if not row.update(feed_checked_at=now):
            return 0
        try:
            text = self._fetch(address)
            return self._adopt(name, address, text, now)
        except (ValueError, RuntimeError, OSError, ImportError) as error:
            # A DomainError is a ValueError; what is wrong with the text is of the text.
            row.update(feed_error=str(getattr(error, "message", error))[:500])
            return 0

    def _adopt(self, name: str, address: str, text: str, now: datetime) -> int:
        with transaction.atomic():
            stored = Calendar.objects.select_for_update().filter(pk=name, feed_url=address).first()
            if stored is None:
                return 0
            calendar = changed_calendar(stored, {"ics": text.replace("\r\n", "\n")})
            calendar.feed_fetched_at, calendar.feed_error = now, ""
            if calendar.ics != stored.ics:
                save_change(stored, calendar, FEED, now)
                return 1
            Calendar.objects.filter(pk=name).update(feed_fetched_at=now, feed_error="")
        return 0

    def _catch_up(self, now: datetime) -> int:
        """Plan the jobs again that were planned by another content of their calendars, as after a
        change behind the actions; looked for where any calendar has changed since the last time.
        """
        known = CalendarSet()
        seen = known.all_keys()
        if seen == self._seen:
            return 0
        moving = Job.objects.unarchived().filter(enabled=True).exclude(calendars=[])
        behind = [
            job
            for job in moving.select_related("state").iterator(chunk_size=1_000)
            if job.shifts and job.state.rule_key != rule_key(job, known)
        ]
        planned = 0
        if behind:
            with transaction.atomic():
                planned = replan(behind, now=now)
        self._seen = seen
        return planned


def _due(now: datetime) -> QuerySet[Calendar]:
    late = Q(feed_checked_at=None) | Q(feed_checked_at__lt=now - EVERY)
    late |= Q(feed_error__gt="", feed_checked_at__lt=now - AFTER_TROUBLE)
    return Calendar.objects.exclude(feed_url="").filter(late).order_by("feed_checked_at", "name")
