"""How long things took, counted in fixed buckets: what is kept of thousands of durations in 22 numbers."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from math import ceil

# Upper bounds, inclusive, in milliseconds: 10 ms to a day. One more bucket holds what took longer.
BOUNDS_MS = (
    10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 15_000, 30_000, 60_000, 120_000, 300_000, 600_000,
    1_800_000, 3_600_000, 7_200_000, 21_600_000, 86_400_000,
)  # fmt: skip


def empty_histogram() -> list[int]:
    """One count per bucket, all zero."""
    return [0] * (len(BOUNDS_MS) + 1)


def bucket_of(milliseconds: int) -> int:
    """The index of the bucket that counts this duration."""
    return bisect_left(BOUNDS_MS, milliseconds)


def added(one: Sequence[int], other: Sequence[int]) -> list[int]:
    """Both histograms in one."""
    return [a + b for a, b in zip(one, other, strict=True)]


def quantile_ms(histogram: Sequence[int], share: float) -> int | None:
    """The duration that ``share`` (0 to 1) of the counted ones do not exceed, interpolated inside its bucket.

    None of an empty histogram. What took longer than a day counts as a day.
    """
    wanted, seen = ceil(share * sum(histogram)), 0
    for index, count in enumerate(histogram):
        if count and seen + count >= wanted:
            return _within(index, (wanted - seen) / count)
        seen += count
    return None


def _within(index: int, part: float) -> int:
    if index == len(BOUNDS_MS):
        return BOUNDS_MS[-1]
    low = BOUNDS_MS[index - 1] if index else 0
    return round(low + part * (BOUNDS_MS[index] - low))
