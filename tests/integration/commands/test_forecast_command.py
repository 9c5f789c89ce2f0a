"""``manage.py forecast``: when most runs start, here and on another machine."""

from __future__ import annotations

import pytest
from django.core.management import CommandError

from tests.support.builders import make_job
from tests.support.typed import manage, manage_json

pytestmark = pytest.mark.usefixtures("way")

SPAN = ("--from", "2027-01-13T00:00Z", "--to", "2027-01-14T00:00Z")


def test_the_busiest_minutes_come_first() -> None:
    make_job(name="early", schedule="0 1 * * *")
    for name in ("a", "b"):
        make_job(name=name, schedule="0 2 * * *", queue="exports")
    said, head, *rows = manage("forecast", *SPAN).splitlines()
    assert said == "3 starts of 3 jobs from 2027-01-13T00:00:00Z to 2027-01-14T00:00:00Z"
    assert head.split() == ["AT", "STARTS"]
    assert [row.split() for row in rows] == [
        ["2027-01-13T02:00:00Z", "2"],
        ["2027-01-13T01:00:00Z", "1"],
    ]
    assert manage_json("forecast", *SPAN, "--queue", "exports")["starts"] == 2


def test_a_span_that_is_none_is_refused_by_its_name() -> None:
    with pytest.raises(CommandError, match=r"^from: must be a date and time"):
        manage("forecast", "--from", "tomorrow")
    with pytest.raises(CommandError, match=r"^to: must be later than from"):
        manage("forecast", "--from", "2027-01-13T00:00Z", "--to", "2027-01-12T00:00Z")
