"""A hint that says what to write is right: what it says can be written, and means what was
meant.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobs.errors import ScheduleError
from jobs.schedules import parse
from jobs.schedules.cron import fields as cron_fields
from jobs.schedules.cron.fields import FieldSpec, read_field

NOW = datetime(2026, 11, 30, tzinfo=UTC)
SPECS = [
    cron_fields.MINUTE,
    cron_fields.HOUR,
    cron_fields.DAY_OF_MONTH,
    cron_fields.MONTH,
    cron_fields.DAY_OF_WEEK,
]


def hint(text: str) -> str:
    with pytest.raises(ScheduleError) as caught:
        parse(text)
    return caught.value.hint


def days_of(mask: int) -> int:
    return mask & 0b1111111 | mask >> 7 & 1


@given(st.sampled_from(SPECS), st.data())
def test_the_hint_for_a_range_that_runs_backwards_is_the_range(
    spec: FieldSpec, data: st.DataObject
) -> None:
    first = data.draw(st.integers(spec.low + 1, spec.high))
    last = data.draw(st.integers(spec.low, first - 1))
    step = data.draw(st.integers(1, 5))
    if spec is cron_fields.DAY_OF_WEEK and last == 0:
        return  # that is Sunday at the end of the week, and no range backwards
    with pytest.raises(ScheduleError) as caught:
        read_field(spec, f"{first}-{last}" + f"/{step}" * (step > 1), 0)
    written = caught.value.hint.removeprefix("write ")
    values = [*range(first, spec.low + spec.span), *range(spec.low, last + 1)][::step]
    mask = read_field(spec, written, 0).mask
    wanted = sum(1 << value for value in set(values))
    assert (
        (days_of(mask) == days_of(wanted)) if spec is cron_fields.DAY_OF_WEEK else (mask == wanted)
    )


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("0 0 * * 7-2", "SUN-TUE"),
        ("0 0 * * 6-2", "SAT,SUN-TUE"),
        ("0 22-4 * * *", "22-23,0-4"),
        ("0 22-4/2 * * *", "0,2,4,22"),
        ("0 0 1 NOV-FEB *", "NOV-DEC,JAN-FEB"),
    ],
)
def test_a_range_over_the_end_is_written_as_what_it_means(text: str, written: str) -> None:
    assert hint(text) == f"write {written}"


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("~ * * * *", "jitter"),
        ("0~59 3 * * *", "jitter"),
        ("H 4 * * *", "jitter"),
        ("H/15 * * * *", "jitter"),
        ("@every_minute", "write * * * * *"),
        ("* * * * * * 2027", "starts_at and ends_at"),
        ("0 0 L-2 * *", "BYMONTHDAY=-3"),
        ("0 0 15W * *", "BYMONTHDAY=13,14,15;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1"),
        ("R/2027-01-01T00:00:00Z/P1D", "@every 1d"),
    ],
)
def test_the_words_of_other_schedulers_get_a_hint(text: str, wanted: str) -> None:
    assert wanted in hint(text)


@pytest.mark.parametrize(
    ("text", "cron"),
    [
        ("daily", "0 0 * * *"),
        ("weekly", "0 0 * * MON"),
        ("*-*-* 04:30:00", "30 04 * * *"),
        ("*-*-01 04:00", "00 04 01 * *"),
        ("Mon..Fri *-*-* 10:00", "00 10 * * MON,TUE,WED,THU,FRI"),
        ("Sat..Mon 08:00", "00 08 * * SAT,SUN,MON"),
        ("*:0/15", "0/15 * * * *"),
        ("*-*-* *:*:00/20", "00/20 * * * * *"),
        ("*-02-29", "0 0 29 02 *"),
    ],
)
def test_systemds_on_calendar_is_written_as_cron(text: str, cron: str) -> None:
    assert hint(text) == f"write {cron}"
    parse(cron)


# What follows "write", up to what is English again.
WRITTEN = re.compile(r"\bwrite ([^ ]+(?: [0-9*][^ ]*| [A-Z]{3}[^ ]*)*)")


@pytest.mark.parametrize(
    "text",
    [
        "daily", "quarterly", "@every_minute", "@every_second", "@weekdays", "@quarterly",
        "0 0 L-2 * *", "0 0 L-30 * *",
        "R/5/P1D", "2027-01-01", "2027-1-1T10:00",
    ],
)  # fmt: skip
def test_whatever_a_hint_says_to_write_can_be_written(text: str) -> None:
    (written,) = WRITTEN.findall(hint(text))
    parse(written.rstrip(","))


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("0 0 * * 0-0", {6}),
        ("0 0 * * SUN-SUN", {6}),
        ("0 0 * * 5-0", {4, 5, 6}),
        ("0 0 * * 7", {6}),
    ],
)
def test_sunday_alone_is_sundays(text: str, days: set[int]) -> None:
    rule, found, moment = parse(text), set(), NOW
    for _ in range(14):
        following = rule.next_after(moment, NOW)
        assert following is not None
        assert following - moment <= timedelta(days=7)
        moment = following
        found.add(following.weekday())
    assert found == days


@pytest.mark.parametrize(
    ("text", "is_noted"),
    [
        ("0 12 ? * 6", True),
        ("0 0 12 ? * 6#3", True),
        ("0 12 ? * FRI", False),
        ("0 12 1 * ?", False),
        ("0 12 * * 6", False),
    ],
)
def test_who_writes_quartzs_question_mark_is_told_of_its_day_numbers(
    text: str, is_noted: bool
) -> None:
    assert any("1 is Sunday" in note for note in parse(text).notes(NOW)) is is_noted


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("*/45 * * * *", "At minutes 0 and 45 of every hour"),
        ("*/31 * * * *", "At minutes 0 and 31 of every hour"),
        ("*/40 * * * *", "At minutes 0 and 40 of every hour"),
        ("*/59 * * * *", "At minutes 0 and 59 of every hour"),
        ("*/30 * * * *", "Every 30 minutes"),
        ("0 */5 * * *", "At 00:00, 05:00, 10:00, 15:00 and 20:00 every day"),
        ("*/45 * * * * *", "At seconds 0 and 45 of every minute"),
    ],
)
def test_a_sentence_says_every_only_where_it_is_true_of_all_steps(text: str, sentence: str) -> None:
    assert parse(text).describe() == f"{sentence}, UTC"
