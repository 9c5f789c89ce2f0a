"""How many run at a time, and when most do."""

from __future__ import annotations

from jobs.queries.night.load import Peak, Span, Step, at_once, coarser, peak_minute, peak_of


def test_runs_at_once_are_counted_from_each_start_to_each_end() -> None:
    steps = at_once([Span(0, 10), Span(5, 15), Span(20, 30)])
    assert steps == [Step(0, 1), Step(5, 2), Step(10, 1), Step(15, 0), Step(20, 1), Step(30, 0)]
    assert peak_of(steps) == Peak(5, 2)


def test_one_that_begins_as_another_ends_is_not_beside_it() -> None:
    steps = at_once([Span(0, 10), Span(10, 20)])
    assert steps == [Step(0, 1), Step(20, 0)]
    assert peak_of(steps) == Peak(0, 1)


def test_what_takes_no_time_is_never_at_work() -> None:
    assert at_once([Span(3, 3), Span(5, 4)]) == []
    assert peak_of([]) == Peak(0, 0)


def test_of_two_equal_peaks_the_first_is_named() -> None:
    assert peak_minute([0, 3, 1, 3]) == Peak(1, 3)
    assert peak_minute([0, 0]) == Peak(0, 0)
    assert peak_minute([]) == Peak(0, 0)


def test_a_coarser_curve_keeps_every_peak() -> None:
    spans = [Span(number, number + 1.5) for number in range(1_000)] + [Span(500.2, 500.4)]
    steps = at_once(spans)
    rough = coarser(steps, 1_001.5, 50)
    assert len(rough) == 50
    assert peak_of(rough).count == peak_of(steps).count == 3
    assert coarser(steps[:40], 1_001.5, 50) == steps[:40]
