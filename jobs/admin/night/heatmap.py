"""A week as 7 × 24 hours: the more starts, the darker; and one hour as sixty minutes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from math import log
from zoneinfo import ZoneInfo

from jobs.moments import iso
from jobs.queries.night.forecast import Forecast
from jobs.queries.night.load import Peak, peak_minute

DAYS, HOURS, LEVELS = 7, 24, 8
WIDTH, HEIGHT, GUTTER, HEAD = 40, 34, 52, 22
MINUTES, MINUTE_WIDTH, STRIP_HEIGHT = 60, 16, 96
THOUSAND = 1_000
Address = Callable[[datetime], str]


@dataclass
class HourOfWeek:
    """The starts of one hour of the wall clock; ``at`` is when it begins, None of one that clocks
    skip.
    """

    day: date
    hour: int
    at: datetime | None = None
    starts: int = 0
    fullest: int = 0
    fullest_at: datetime | None = None


@dataclass(frozen=True)
class WeekCell:
    """One hour, drawn; ``level`` 0 is an hour in which nothing starts, LEVELS the darkest."""

    x: int
    y: int
    url: str
    label: str
    text: str
    level: int
    of: str
    is_now: bool
    is_chosen: bool


@dataclass(frozen=True)
class DayOfWeek:
    """A row of the picture and of the table: its name, and the starts of each hour."""

    label: str
    y: int
    starts: list[int]
    total: int
    is_today: bool


@dataclass(frozen=True)
class WeekHeat:
    cells: list[WeekCell]
    days: list[DayOfWeek]
    heads: list[tuple[int, str]]
    width: int = GUTTER + HOURS * WIDTH
    height: int = HEAD + DAYS * HEIGHT


@dataclass(frozen=True)
class MinuteCell:
    """One minute of an hour: its bar, and where it leads."""

    x: int
    y: int
    height: int
    url: str
    label: str
    text: str
    of: str
    is_chosen: bool


def hours_of_week(found: Forecast, zone: ZoneInfo) -> list[HourOfWeek]:
    """The forecast by the hours of the wall clock; an hour that clocks repeat counts once."""
    first = found.start.astimezone(zone).date()
    hours = [
        HourOfWeek(first + timedelta(days=day), hour)
        for day in range(DAYS)
        for hour in range(HOURS)
    ]
    for index, count in enumerate(found.counts):
        at = found.minute(index)
        local = at.astimezone(zone)
        place = (local.date() - first).days * HOURS + local.hour
        hour = hours[place]
        hour.at = hour.at or at
        hour.starts += count
        if count > hour.fullest:
            hour.fullest, hour.fullest_at = count, at
    return hours


def busiest(hours: Sequence[HourOfWeek]) -> HourOfWeek | None:
    """The first of the hours with most starts; None where nothing starts."""
    most = max(hours, key=lambda hour: hour.starts)
    return most if most.starts else None


def week_heat(
    hours: Sequence[HourOfWeek],
    zone: ZoneInfo,
    address: Address,
    *,
    ended: dict[datetime, int],
    chosen: datetime | None,
    now: datetime,
) -> WeekHeat:
    """``ended``: how many runs ended in hours that are over, where that is known."""
    counts = [hour.starts for hour in hours if hour.at is not None]
    ends = (min(counts), max(counts))
    cells = [
        _cell(place, hour, ends, zone, address, ended, chosen, now)
        for place, hour in enumerate(hours)
        if hour.at is not None
    ]
    today = now.astimezone(zone).date()
    days = [_day(hours[HOURS * n : HOURS * (n + 1)], n, today) for n in range(DAYS)]
    heads = [(GUTTER + WIDTH * hour + WIDTH // 2, f"{hour:02}") for hour in range(HOURS)]
    return WeekHeat(cells, days, heads)


def hour_strip(
    found: Forecast, at: datetime, zone: ZoneInfo, address: Address, chosen: datetime | None
) -> list[MinuteCell]:
    """The sixty minutes from ``at`` on."""
    first = int((at - found.start) / timedelta(minutes=1))
    counts = found.counts[first : first + MINUTES]
    most = max(counts, default=0)
    return [
        _minute(minute, count, most, found.minute(first + minute), zone, address, chosen)
        for minute, count in enumerate(counts)
    ]


def peak_in(found: Forecast) -> tuple[Peak, datetime]:
    """The fullest minute of the week, and when it is."""
    peak = peak_minute(found.counts)
    return peak, found.minute(int(peak.at))


def shade_of(count: int, least: int, most: int) -> int:
    """From the least of the week to the most, by the logarithm: beside one high peak the rest of
    the night is still to be seen, and what starts in every hour alike does not darken them all.
    """
    if not count:
        return 0
    if least == most:
        return LEVELS // 2
    return max(1, round(LEVELS * log(count - least + 1) / log(most - least + 1)))


def in_short(count: int) -> str:
    """``1,086``, ``12k``: what fits into a cell; nothing of none."""
    if count < 10 * THOUSAND:
        return f"{count:,}" if count else ""
    return f"{count / THOUSAND:.0f}k"


def starts(count: int) -> str:
    return f"{count:,} start{'' if count == 1 else 's'}"


def _cell(
    place: int,
    hour: HourOfWeek,
    ends: tuple[int, int],
    zone: ZoneInfo,
    address: Address,
    ended: dict[datetime, int],
    chosen: datetime | None,
    now: datetime,
) -> WeekCell:
    assert hour.at is not None
    day, column = divmod(place, HOURS)
    return WeekCell(
        x=GUTTER + WIDTH * column,
        y=HEAD + HEIGHT * day,
        url=address(hour.at),
        label=", ".join(_said(hour, zone, ended)),
        text=in_short(hour.starts),
        level=shade_of(hour.starts, *ends),
        of=iso(hour.at),
        is_now=hour.at <= now < hour.at + timedelta(hours=1),
        is_chosen=hour.at == chosen,
    )


def _said(hour: HourOfWeek, zone: ZoneInfo, ended: dict[datetime, int]) -> Iterator[str]:
    yield f"{hour.day:%a %d %b} {hour.hour:02}:00: {starts(hour.starts)}"
    if hour.fullest_at and hour.fullest > 1:
        yield f"{hour.fullest:,} of them at {hour.fullest_at.astimezone(zone):%H:%M}"
    if hour.at in ended:
        yield f"{ended[hour.at]:,} ended"


def _day(hours: Sequence[HourOfWeek], number: int, today: date) -> DayOfWeek:
    day = hours[0].day
    counts = [hour.starts for hour in hours]
    y = HEAD + HEIGHT * number
    return DayOfWeek(f"{day:%a} {day.day}", y, counts, sum(counts), day == today)


def _minute(
    minute: int,
    count: int,
    most: int,
    at: datetime,
    zone: ZoneInfo,
    address: Address,
    chosen: datetime | None,
) -> MinuteCell:
    height = max(4, round((STRIP_HEIGHT - 16) * count / most)) if count else 1
    label = f"{at.astimezone(zone):%H:%M}: {starts(count)}"
    return MinuteCell(
        x=MINUTE_WIDTH * minute,
        y=STRIP_HEIGHT - height,
        height=height,
        url=address(at),
        label=label,
        text=in_short(count) if count > 1 else "",
        of=iso(at),
        is_chosen=at == chosen,
    )
