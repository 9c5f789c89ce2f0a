"""A job's last thirty days in figures, beside the thirty days before."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from jobs.admin.look.times import NONE
from jobs.models import JobDay, Tally
from jobs.models.stats.rollups import change_percent, summed
from jobs.words import duration

MONTH = 30
WORTH_SAYING = 5  # per cent; less is noise


@dataclass(frozen=True)
class Stat:
    """``note`` compares with the thirty days before."""

    label: str
    value: str
    note: str = ""
    tone: str = ""


def job_stats(days: Sequence[JobDay]) -> list[Stat]:
    """``days``: at least sixty, the newest last."""
    return list(_stats(summed(days[-MONTH:]), summed(days[-2 * MONTH : -MONTH])))


def _stats(now: Tally, before: Tally) -> Iterator[Stat]:
    failed = now.failed + now.timed_out
    over = now.succeeded + failed
    yield Stat(
        "Success",
        f"{100 * now.succeeded / over:.1f} %" if over else NONE,
        f"{failed:,} failed" if failed else "",
    )
    for name, share in (("p50", 0.5), ("p95", 0.95)):
        yield _quantile(name, now, before, share)
    yield Stat("Mean wait", duration(now.wait_ms / now.timed / 1_000) if now.timed else NONE)
    yield Stat("Late", f"{now.late:,}")
    yield Stat("Retries", f"{now.retries:,}")


def _quantile(name: str, now: Tally, before: Tally, share: float) -> Stat:
    ms = now.duration_quantile_ms(share)
    value = NONE if ms is None else duration(ms / 1_000)
    change = change_percent(now, before, share) or 0
    if abs(change) < WORTH_SAYING:
        return Stat(name, value)
    return Stat(
        name, value, f"{change:+d} % vs. the previous 30 days", "warn" if change > 0 else "good"
    )
