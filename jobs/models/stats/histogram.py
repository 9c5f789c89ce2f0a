"""How long things took, counted in fixed buckets: what is kept of thousands of durations in a few
numbers.

A histogram is stored as ``{bucket: count}`` of the buckets that hold something; JSON makes their
numbers texts.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Mapping
from itertools import pairwise
from math import ceil, log

Histogram = Mapping[str, int]

# Upper bounds, inclusive, in milliseconds, that the finer ones never pass over: what metrics
# export.
ROUND_MS = (
    10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 15_000, 30_000, 60_000, 120_000,
    300_000, 600_000,
    1_800_000, 3_600_000, 7_200_000, 21_600_000, 86_400_000,
)  # fmt: skip
STEP = 1.1


def _bounds() -> Iterator[int]:
    """Every millisecond up to ten; from there on each is a tenth above the one before, to the
    millisecond.
    """
    yield from range(1, ROUND_MS[0])
    for low, high in pairwise(ROUND_MS):
        parts = ceil(log(high / low) / log(STEP))
        yield from (round(low * (high / low) ** (part / parts)) for part in range(parts))
    yield ROUND_MS[-1]


BOUNDS_MS = tuple(_bounds())  # one more bucket holds what took longer than a day


def empty_histogram() -> dict[str, int]:
    """Nothing counted."""
    return {}


def bucket_of(milliseconds: int) -> int:
    """The index of the bucket that counts this duration."""
    return bisect_left(BOUNDS_MS, milliseconds)


def count_in(histogram: dict[str, int], milliseconds: int) -> None:
    """Count one duration."""
    bucket = str(bucket_of(milliseconds))
    histogram[bucket] = histogram.get(bucket, 0) + 1


def added(one: Histogram, other: Histogram) -> dict[str, int]:
    """Both histograms in one."""
    return {
        bucket: one.get(bucket, 0) + other.get(bucket, 0) for bucket in one.keys() | other.keys()
    }


def up_to(histogram: Histogram) -> list[int]:
    """How many took no longer than each of ROUND_MS, and how many there are."""
    rounds = [bucket_of(bound) for bound in ROUND_MS]
    counts = [(int(bucket), count) for bucket, count in histogram.items()]
    return [
        sum(count for bucket, count in counts if bucket <= last)
        for last in (*rounds, len(BOUNDS_MS))
    ]


def quantile_ms(histogram: Histogram, share: float) -> int | None:
    """The duration that ``share`` (0 to 1) of the counted ones do not exceed, no more than a tenth
    beside it.

    None of an empty histogram. What took longer than a day counts as a day.
    """
    wanted, seen = ceil(share * sum(histogram.values())), 0
    for bucket, count in sorted((int(bucket), count) for bucket, count in histogram.items()):
        if count and seen + count >= wanted:
            return _within(bucket, (wanted - seen - 0.5) / count)
        seen += count
    return None


def _within(bucket: int, part: float) -> int:
    if bucket == len(BOUNDS_MS):
        return BOUNDS_MS[-1]
    low = BOUNDS_MS[bucket - 1] + 1 if bucket else 0
    return round(low + part * (BOUNDS_MS[bucket] - low))
