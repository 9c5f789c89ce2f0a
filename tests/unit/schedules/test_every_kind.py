"""What holds for every kind of schedule."""

from __future__ import annotations

import pickle
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jobs.schedules import Rule, Schedule, parse
from tests.unit.schedules.kinds import EVERY_FORM

ANCHOR = datetime(2027, 3, 27, 22, 17, 5, 250_000, tzinfo=UTC)
MOMENTS = st.datetimes(datetime(2026, 9, 1), datetime(2028, 2, 1), timezones=st.just(UTC))
FORMS = st.sampled_from(EVERY_FORM)


def schedule(form: tuple[str, str]) -> Schedule:
    return Schedule(parse(*form), anchor=ANCHOR)


@settings(max_examples=150, deadline=None)
@given(form=FORMS, moment=MOMENTS)
def test_occurrences_grow_and_are_utc(form: tuple[str, str], moment: datetime) -> None:
    found = schedule(form).between(moment, moment + timedelta(days=90), limit=30)
    assert all(early < late for early, late in pairwise([moment, *found]))
    assert all(occurrence.tzinfo is UTC for occurrence in found)


@settings(max_examples=150, deadline=None)
@given(form=FORMS, moment=MOMENTS, share=st.floats(0, 0.999))
def test_the_next_occurrence_is_the_same_from_anywhere_before_it(
    form: tuple[str, str], moment: datetime, share: float
) -> None:
    here = schedule(form)
    following = here.next_after(moment)
    if following is not None:
        between = moment + (following - moment) * share
        assert here.next_after(between) == following
        assert here.next_after(following - timedelta(microseconds=1)) == following


@settings(max_examples=100, deadline=None)
@given(form=FORMS, moment=MOMENTS, limit=st.integers(0, 12))
def test_between_lists_what_next_after_walks(
    form: tuple[str, str], moment: datetime, limit: int
) -> None:
    here, until, walked = schedule(form), moment + timedelta(days=30), list[datetime]()
    following = here.next_after(moment)
    while following is not None and following <= until and len(walked) < limit:
        walked.append(following)
        following = here.next_after(following)
    assert here.between(moment, until, limit) == walked


@settings(max_examples=60, deadline=None)
@given(
    form=FORMS,
    moment=MOMENTS,
    zone=st.sampled_from(["Asia/Tokyo", "Europe/Berlin", "America/New_York"]),
)
def test_the_zone_a_moment_is_written_in_does_not_matter(
    form: tuple[str, str], moment: datetime, zone: str
) -> None:
    assert schedule(form).next_after(moment.astimezone(ZoneInfo(zone))) == schedule(
        form
    ).next_after(moment)


@pytest.mark.parametrize("form", EVERY_FORM)
def test_asking_changes_nothing(form: tuple[str, str]) -> None:
    rule, moment = parse(*form), ANCHOR + timedelta(hours=1)
    first = rule.next_after(moment, ANCHOR)
    rule.next_after(moment + timedelta(days=100), ANCHOR + timedelta(days=1))
    assert rule.next_after(moment, ANCHOR) == first


@pytest.mark.parametrize("form", EVERY_FORM)
def test_a_rule_is_a_value(form: tuple[str, str]) -> None:
    rule = parse(*form)
    parse.cache_clear()
    again = parse(*form)
    assert again is not rule
    assert again == rule
    assert hash(again) == hash(rule)
    assert pickle.loads(pickle.dumps(rule)) == rule
    assert (rule.text, rule.timezone) == form
    assert isinstance(rule, Rule)


@pytest.mark.parametrize("form", EVERY_FORM)
def test_a_rule_has_a_sentence_that_names_its_zone_where_one_matters(form: tuple[str, str]) -> None:
    rule = parse(*form)
    sentence = rule.describe()
    assert sentence[0].isupper()
    assert (form[1] in sentence) == (rule.kind not in ("interval", "manual"))


@pytest.mark.parametrize("form", EVERY_FORM)
@pytest.mark.parametrize(
    "moment", [datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)]
)
def test_the_ends_of_time_are_no_error(form: tuple[str, str], moment: datetime) -> None:
    here = schedule(form)
    following = here.next_after(moment)
    assert following is None or following > moment
    assert isinstance(here.rule.notes(moment), list)


@pytest.mark.parametrize("form", EVERY_FORM)
def test_a_naive_moment_is_refused(form: tuple[str, str]) -> None:
    with pytest.raises(ValueError, match="aware"):
        parse(*form).next_after(datetime(2027, 1, 1), ANCHOR)
