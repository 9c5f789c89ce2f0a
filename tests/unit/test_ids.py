"""Identifiers: ordered by the time they were made."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone

from jobs.models.ids import first_id_at, new_id


def test_an_id_lies_between_the_first_ones_of_the_moments_around_it() -> None:
    before = timezone.now() - timedelta(milliseconds=1)
    made = new_id()
    after = timezone.now() + timedelta(milliseconds=1)
    assert first_id_at(before) <= made < first_id_at(after)
