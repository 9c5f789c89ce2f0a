"""How a search for runs is written, and what is refused by name."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from jobs.access.actor import SYSTEM
from jobs.errors import UnreadableFilter
from jobs.params.run_words import Bounds, read_bounds, read_span
from jobs.queries.runs.filter import RunFilter, read_run_filter

NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)
JOB = uuid.UUID(int=7)


def read(search: str = "", **words: Any) -> RunFilter:
    return read_run_filter({"search": search} | words, actor=SYSTEM, now=NOW)


@pytest.mark.parametrize(
    ("search", "fields"),
    [
        ("", {}),
        ("db2 refused", {"search": "db2 refused"}),
        ("state:failed", {"state": "failed"}),
        ("STATE:failed db2", {"state": "failed", "search": "db2"}),
        ("db2 state:failed  refused", {"state": "failed", "search": "db2 refused"}),
        ("queue:night worker:w1@here", {"queue": "night", "worker": "w1@here"}),
        ('error:"Read timed out"', {"error": "Read timed out"}),
        ('"http://db2"', {"search": "http://db2"}),
        ("TimeoutError: 12:30", {"search": "TimeoutError: 12:30"}),
        (f"job:{JOB}", {"job_id": JOB}),
        ("duration:>5m", {"duration": Bounds(">5m", least=timedelta(minutes=5))}),
        ("dur:<30s", {"duration": Bounds("<30s", most=timedelta(seconds=30))}),
        ("took:90s", {"duration": Bounds("90s", least=timedelta(seconds=90))}),
        ("window:2h", {"since": NOW - timedelta(hours=2)}),
        ("window:all", {}),
        ("since:2h", {"since": NOW - timedelta(hours=2)}),
        ("from:2026-11-29T12:00:00Z", {"since": NOW - timedelta(days=1)}),
        ("window:1h until:1d",
         {"since": NOW - timedelta(hours=25), "until": NOW - timedelta(days=1)}),
        (f"job:{JOB} params.customer.id:7 params.K:x",
         {"job_id": JOB, "params": (("customer.id", "7"), ("K", "x"))}),
    ],
)  # fmt: skip
def test_a_search_is_read_word_by_word(search: str, fields: dict[str, Any]) -> None:
    assert read(search) == RunFilter(**fields)


@pytest.mark.parametrize(
    ("search", "field", "says"),
    [
        ("stat:failed", "search", "did you mean state?"),
        ("wroker:w1", "search", "did you mean worker?"),
        ("http://db2", "search", "put a text that has a colon into quotes"),
        ("state:faild", "state", "did you mean failed?"),
        ("state:success", "state", "did you mean succeeded?"),
        ("trigger:manuel", "trigger", "did you mean manual?"),
        ("duration:long", "duration", "write a duration such as 90s"),
        ("duration:5m..", "duration", "write a duration such as 90s"),
        ("since:yesterday", "since", "how long ago, such as 2h"),
        ("window:long", "window", "write a duration such as 90s"),
        ("window:2h since:1h", "window", "give one of them"),
        ("params.k:v", "param", "give since or job"),
        ("window:1h params.a.b.c.d.e.f:v", "params.a.b.c.d.e.f", "more than 5 names"),
        ("window:1h params.password:x", "params.password", "is secret and cannot be searched"),
        ("window:1h params.db.apiToken:x", "params.db.apiToken", "is secret"),
        ("window:1h params.$secret:x", "params.$secret", "is secret"),
    ],
)
def test_what_cannot_be_understood_is_refused_by_its_name(
    search: str, field: str, says: str
) -> None:
    with pytest.raises(UnreadableFilter) as error:
        read(search)
    assert error.value.field == field
    assert says in str(error.value)


def test_a_word_in_the_search_and_beside_it_must_say_the_same() -> None:
    assert read("state:failed", state="failed").state == "failed"
    with pytest.raises(UnreadableFilter, match="is given twice") as error:
        read("state:failed", state="succeeded")
    assert error.value.field == "state"


def test_the_window_of_a_surface_applies_where_none_is_asked_for() -> None:
    day = timedelta(days=1)
    assert read_run_filter({}, actor=SYSTEM, now=NOW, window="24h").since == NOW - day
    for asked in ({"window": "all"}, {"search": "window:all"}):
        assert read_run_filter(asked, actor=SYSTEM, now=NOW, window="24h").since is None
    assert read_run_filter({"until": NOW - day}, actor=SYSTEM, now=NOW, window="24h") == RunFilter(
        since=NOW - 2 * day, until=NOW - day
    )
    longest = read_run_filter({"window": "9999999w"}, actor=SYSTEM, now=NOW).since
    assert longest is not None
    assert longest < NOW - 30_000 * day
    first = datetime(1, 1, 2, tzinfo=UTC)
    assert read_run_filter({"until": first, "window": "7d"}, actor=SYSTEM, now=NOW).since is None


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("90s", 90), ("1h30m", 5_400), ("1 h 30 min", 5_400), ("250ms", 0.25), ("2d", 172_800),
     ("1.5h", 5_400), ("5", None), ("m5", None), ("", None), ("5x", None)],
)  # fmt: skip
def test_a_duration_is_read_as_it_is_shown(text: str, seconds: float | None) -> None:
    assert read_span(text) == (None if seconds is None else timedelta(seconds=seconds))


def test_a_range_of_durations_has_two_ends() -> None:
    assert read_bounds("5m..10m") == Bounds(
        "5m..10m", least=timedelta(minutes=5), most=timedelta(minutes=10)
    )
    assert read_bounds(">= 5m").least == timedelta(minutes=5)
