"""A jump of the database's clock is planned by only once it is confirmed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from jobs.dispatch.clock import Reading
from jobs.scheduler.clock_watch import ClockWatch, Verdict

START = datetime(2027, 3, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


class Host:
    """A watch and the clocks that it sees; ``off`` is how far the database's, or the wall's, is
    from the truth.
    """

    def __init__(self) -> None:
        self.watch = ClockWatch(hold_seconds=10)
        self.seconds = 0.0

    def after(
        self, seconds: float, *, off: timedelta = timedelta(), wall_off: timedelta = timedelta()
    ) -> Verdict:
        self.seconds += seconds
        truth = START + timedelta(seconds=self.seconds)
        return self.watch.look(Reading(truth + off, truth + wall_off, self.seconds))


def test_a_clock_that_goes_on_is_planned_by() -> None:
    host = Host()
    assert host.after(0) == Verdict(START)
    assert host.after(3600) == Verdict(START + HOUR)


def test_a_clock_that_is_off_from_the_start_is_held_told_of_once_and_then_believed() -> None:
    host = Host()
    first = host.after(1, off=HOUR)
    assert (first.is_held, first.now) == (True, START + timedelta(seconds=1)), (
        "the earlier of the two is published by"
    )
    assert first.news == "is +3600 s from this host's; planning and the leader's services wait"
    rest = [host.after(1, off=HOUR) for _ in range(12)]
    assert [one.is_held for one in rest] == [True] * 9 + [False] * 3
    assert [one.news for one in rest if one.news] == ["stays where it is, and is planned by"]


def test_a_clock_that_is_set_right_at_the_start_is_planned_by_at_once() -> None:
    host = Host()
    host.after(1, off=HOUR)
    right = host.after(1)
    assert (right.is_held, right.news) == (False, "is where this host's is now")


def test_a_clock_that_is_a_little_off_is_no_jump() -> None:
    host, little = Host(), timedelta(seconds=4)
    assert [host.after(1, off=little).is_held for _ in range(3)] == [False, False, False]


def test_a_jump_that_nobody_confirms_is_held_and_told_once() -> None:
    host = Host()
    host.after(0)
    first = host.after(1, off=HOUR)
    assert first.is_held
    told = (
        "jumped by +3600 s, which no clock of this host confirms; planning and the leader's "
        "services wait"
    )
    assert first.news == told
    assert first.now == START + timedelta(seconds=1), (
        "what is due by the clock before may still be sent"
    )
    second = host.after(1, off=HOUR)
    assert (second.is_held, second.news) == (True, "")


def test_a_jump_that_lasts_is_believed() -> None:
    host = Host()
    host.after(0)
    held = [host.after(1, off=HOUR).is_held for _ in range(12)]
    assert held == [True] * 10 + [False] * 2
    assert host.after(1, off=HOUR).now == START + HOUR + timedelta(seconds=13)


def test_a_clock_that_comes_back_is_planned_by_at_once() -> None:
    host = Host()
    host.after(0)
    host.after(1, off=HOUR)
    back = host.after(1)
    assert (back.is_held, back.news) == (False, "is back where it was")


def test_a_step_back_is_held_too_and_nothing_is_sent_early() -> None:
    host = Host()
    host.after(0)
    held = host.after(1, off=-HOUR)
    assert (held.is_held, held.now) == (True, START + timedelta(seconds=1) - HOUR)


def test_a_clock_that_is_set_to_the_hosts_own_is_believed_at_once() -> None:
    host = Host()
    host.after(0, off=HOUR)
    assert not host.after(11, off=HOUR).is_held
    right = host.after(1)
    assert (right.is_held, right.news) == (False, "jumped by -3600 s to where this host's clock is")


def test_a_wall_clock_that_jumps_with_the_databases_confirms_nothing() -> None:
    host = Host()
    host.after(0)
    assert host.after(1, off=HOUR, wall_off=HOUR).is_held


def test_a_second_jump_begins_the_wait_anew() -> None:
    host = Host()
    host.after(0)
    host.after(1, off=HOUR)
    host.after(8, off=2 * HOUR)
    assert host.after(8, off=2 * HOUR).is_held
    assert not host.after(3, off=2 * HOUR).is_held
