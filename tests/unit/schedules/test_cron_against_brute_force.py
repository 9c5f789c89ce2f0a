"""Cron rules agree with a brute force that looks at every minute, around clock changes above
all.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jobs.schedules import Schedule, parse
from tests.unit.schedules.oracle import expected

# Days on which these zones' clocks change, and what is odd about them.
TRANSITIONS = [
    ("Europe/Berlin", datetime(2027, 3, 28, tzinfo=UTC)),
    ("Europe/Berlin", datetime(2027, 10, 31, tzinfo=UTC)),
    ("America/New_York", datetime(2026, 3, 8, tzinfo=UTC)),
    ("America/New_York", datetime(2026, 11, 1, tzinfo=UTC)),
    ("Australia/Lord_Howe", datetime(2026, 4, 4, tzinfo=UTC)),  # half an hour
    ("Australia/Lord_Howe", datetime(2026, 10, 3, tzinfo=UTC)),
    ("Africa/Casablanca", datetime(2026, 2, 15, tzinfo=UTC)),  # back for Ramadan
    ("Africa/Casablanca", datetime(2026, 3, 22, tzinfo=UTC)),
    ("Europe/Dublin", datetime(2026, 10, 25, tzinfo=UTC)),  # negative DST
    ("America/St_Johns", datetime(2010, 11, 7, tzinfo=UTC)),  # at one minute past midnight
    ("America/St_Johns", datetime(2011, 3, 13, tzinfo=UTC)),
    ("America/Havana", datetime(2026, 3, 8, tzinfo=UTC)),  # the day has no midnight
    ("America/Havana", datetime(2026, 11, 1, tzinfo=UTC)),
    ("Antarctica/Troll", datetime(2026, 3, 29, tzinfo=UTC)),  # two hours
    ("Antarctica/Troll", datetime(2026, 10, 25, tzinfo=UTC)),
    ("Pacific/Apia", datetime(2011, 12, 30, tzinfo=UTC)),  # a whole day is skipped
    ("Asia/Pyongyang", datetime(2018, 5, 4, tzinfo=UTC)),  # no DST, the offset moved
    ("Asia/Kathmandu", datetime(2026, 5, 1, tzinfo=UTC)),  # 5:45, never changes
]


def _field(low: int, high: int) -> st.SearchStrategy[str]:
    number = st.integers(low, high)
    pair = st.tuples(number, number).map(sorted)
    step = st.integers(1, high - low + 1)
    return st.one_of(
        st.just("*"),
        number.map(str),
        step.map(lambda n: f"*/{n}"),
        pair.map(lambda p: f"{p[0]}-{p[1]}"),
        st.tuples(pair, step).map(lambda v: f"{v[0][0]}-{v[0][1]}/{v[1]}"),
        st.tuples(number, step).map(lambda v: f"{v[0]}/{v[1]}"),
        st.lists(number, min_size=2, max_size=4).map(lambda numbers: ",".join(map(str, numbers))),
    )


MINUTE = _field(0, 59)
# Clocks change at night, so that is where the hours are drawn from most often.
HOUR = st.one_of(
    _field(0, 23),
    st.integers(0, 4).map(str),
    st.sampled_from(["*", "*/2", "0-3", "1-4", "2,3", "1/1"]),
)
DAYS = st.sampled_from(
    ["* *", "* *", "* *", "1-31 *", "* 0", "28-31 0", "*/2 6,7", "1,8,15 1-5", "? 0-7"]
)


@pytest.mark.timeout(60)
@settings(max_examples=150, deadline=None)
@given(
    where=st.sampled_from(TRANSITIONS),
    minute=MINUTE,
    hour=HOUR,
    days=DAYS,
    lead=st.integers(-180, 1440),
)
def test_five_fields_agree_with_a_look_at_every_minute(
    where: tuple[str, datetime], minute: str, hour: str, days: str, lead: int
) -> None:
    zone, day = where
    changed = _change_near(zone, day)
    day_of_month, day_of_week = days.split()
    text = f"{minute} {hour} {day_of_month} * {day_of_week}"
    after, until = changed - timedelta(minutes=lead), changed + timedelta(days=2)
    found = Schedule(parse(text, zone), anchor=after).between(after, until, limit=10_000)
    assert found == expected(text.replace("?", "*"), zone, after, until)


@pytest.mark.timeout(60)
@settings(max_examples=40, deadline=None)
@given(
    where=st.sampled_from(TRANSITIONS),
    second=st.sampled_from(["0", "*/20", "7,41", "30-59/10", "59"]),
    minute=st.sampled_from(["*", "*/7", "0", "30", "1-3", "29,30,59"]),
    hour=st.sampled_from(["*", "0", "1", "2", "0-3", "*/2"]),
    offset=st.integers(-3, 3),
)
def test_six_fields_agree_with_a_look_at_every_second(
    where: tuple[str, datetime], second: str, minute: str, hour: str, offset: int
) -> None:
    zone, day = where
    middle = _change_near(zone, day) + timedelta(minutes=30 * offset)
    text = f"{second} {minute} {hour} * * *"
    after, until = middle - timedelta(minutes=40), middle + timedelta(minutes=40)
    found = Schedule(parse(text, zone), anchor=after).between(after, until, limit=10_000)
    assert found == expected(text, zone, after, until, margin=timedelta(hours=3))


def _change_near(zone: str, day: datetime) -> datetime:
    """The quarter of an hour in which the zone's offset changes on or about this day."""
    moments = [day + timedelta(minutes=15 * step) for step in range(-96, 192)]
    offsets = [moment.astimezone(ZoneInfo(zone)).utcoffset() for moment in moments]
    pairs = zip(moments[1:], pairwise(offsets), strict=True)
    return next((moment for moment, (old, new) in pairs if old != new), day)
