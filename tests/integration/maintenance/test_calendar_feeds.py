"""The feeds of calendars: fetched within bounds, the last good copy kept, jobs planned again."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
import time_machine
from django.conf import settings

from jobs.maintenance.calendar_feeds import CalendarFeeds
from jobs.models import AuditEntry, Calendar, JobState
from jobs.queries.calendars import is_stale
from tests.support.builders import make_calendar, make_job

NOW = datetime(2027, 3, 1, 12, 30, tzinfo=UTC)
HOUR = timedelta(hours=1)


def ics(day: str) -> str:
    return (
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//t//t//EN\r\nBEGIN:VEVENT\r\nUID:1\r\n"
        f"DTSTART;VALUE=DATE:{day}\r\nSUMMARY:Shut\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
    )


@dataclass
class FeedServer:
    """A web server with one answer, and how often it was asked."""

    status: int = 200
    text: str = field(default_factory=lambda: ics("20270302"))
    asked: int = 0
    port: int = 0

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}/plant.ics"


@pytest.fixture
def feed() -> Iterator[FeedServer]:
    served = FeedServer()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:  # the library's name
            served.asked += 1
            self.send_response(served.status)
            self.end_headers()
            self.wfile.write(served.text.encode())

        def log_message(self, *_: object) -> None:
            """Nothing: the tests' own output is read."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    served.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield served
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(autouse=True)
def _allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    allowed = {"http_allow_hosts": ["127.0.0.1"]}
    monkeypatch.setattr(settings, "BEATWRIGHT", settings.BEATWRIGHT | allowed)


def stored() -> Calendar:
    return Calendar.objects.get(pk="plant")


def test_a_feed_is_fetched_once_an_hour_and_what_it_closes_is_closed(feed: FeedServer) -> None:
    make_calendar("plant", feed_url=feed.address)
    feeds = CalendarFeeds()
    assert feeds.run_once(now=NOW)["calendars changed"] == 1
    assert "Shut" in stored().ics
    assert (stored().feed_fetched_at, stored().feed_error) == (NOW, "")
    feeds.run_once(now=NOW + HOUR / 2)
    assert feed.asked == 1
    feeds.run_once(now=NOW + HOUR * 2)
    assert (feed.asked, stored().feed_fetched_at) == (2, NOW + HOUR * 2)
    assert AuditEntry.objects.count() == 1  # the same text again is no change


def test_a_changed_feed_plans_the_jobs_again_that_it_moves(feed: FeedServer) -> None:
    make_calendar("plant", feed_url=feed.address)
    CalendarFeeds().run_once(now=NOW)
    with time_machine.travel(NOW, tick=False):
        job = make_job(schedule="0 2 * * *", calendars=["plant"], calendar_policy="next")
    assert JobState.objects.get(job=job).next_run_at == datetime(2027, 3, 3, 2, tzinfo=UTC)
    feed.text = ics("20270303")
    CalendarFeeds().run_once(now=NOW + 2 * HOUR)
    assert JobState.objects.get(job=job).next_run_at == datetime(2027, 3, 2, 2, tzinfo=UTC)


@pytest.mark.parametrize(
    ("status", "text", "told"),
    [
        (500, "", "answered 500"),
        (200, "<html>please sign in</html>", "iCalendar"),
        (200, ics("20270302").replace("SUMMARY:Shut", "RRULE:FREQ=SECONDLY"), "once a day"),
    ],
)  # fmt: skip
def test_a_bad_answer_keeps_the_last_good_copy_and_is_told(
    feed: FeedServer, status: int, text: str, told: str
) -> None:
    make_calendar("plant", feed_url=feed.address)
    CalendarFeeds().run_once(now=NOW)
    good = stored().ics
    feed.status, feed.text = status, text
    CalendarFeeds().run_once(now=NOW + 2 * HOUR)
    assert stored().ics == good
    assert told in stored().feed_error
    assert stored().feed_fetched_at == NOW
    assert not is_stale(stored(), NOW + 2 * HOUR)
    assert is_stale(stored(), NOW + 72 * HOUR)
    feed.status, feed.text = 200, ics("20270302")
    CalendarFeeds().run_once(now=NOW + 3 * HOUR)  # in trouble, it is asked again sooner
    assert (stored().feed_error, stored().feed_fetched_at) == ("", NOW + 3 * HOUR)


def test_an_address_inside_the_network_is_refused(
    feed: FeedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed: dict[str, list[str]] = {"http_allow_hosts": []}
    monkeypatch.setattr(settings, "BEATWRIGHT", settings.BEATWRIGHT | closed)
    make_calendar("plant", feed_url=feed.address)
    CalendarFeeds().run_once(now=NOW)
    assert feed.asked == 0
    assert "not on the public Internet" in stored().feed_error


def test_jobs_planned_by_an_older_content_are_planned_again() -> None:
    make_calendar("plant")
    with time_machine.travel(NOW, tick=False):
        job = make_job(schedule="0 2 * * *", calendars=["plant"], calendar_policy="next")
    feeds = CalendarFeeds()
    assert feeds.run_once(now=NOW)["jobs planned again"] == 0
    changed = stored()
    changed.weekdays = ["TUE"]
    changed.save()
    assert feeds.run_once(now=NOW)["jobs planned again"] == 1
    assert JobState.objects.get(job=job).next_run_at == datetime(2027, 3, 3, 2, tzinfo=UTC)
    assert feeds.run_once(now=NOW)["jobs planned again"] == 0
