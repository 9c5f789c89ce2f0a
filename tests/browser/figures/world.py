"""The rows themselves, read from outside by plain SQL, and the few notions that all figures rest
on.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from tests.browser.figures.words import MS
from tests.support.site import Site

Row = dict[str, Any]
TABLES = (
    "run", "job", "jobstate", "queue", "pool", "worker", "alert", "bulkoperation", "apitoken",
    "runlog", "auditentry",
    "jobversion", "leader",
)  # fmt: skip
WORDS = {"timed_out": "timed out"}
OVER = ("succeeded", "failed", "timed_out", "cancelled", "skipped")
BAD = ("failed", "timed_out")


@dataclass(frozen=True)
class Shown:
    """A figure on a page: its name, whose it is, its text, when it was read; ``subject``: what the
    page is of.
    """

    name: str
    of: str
    row: str
    text: str
    subject: str
    now: datetime

    @property
    def id(self) -> str:
        """The id in the row's own, or in the address it belongs to, or the page's."""
        if "/" in self.of:
            return self.of.rstrip("/").rpartition("/")[2]
        return self.row.partition("-")[2] or self.subject


@dataclass
class World:
    """All rows, by table; ``now`` is when they were read."""

    tables: dict[str, list[Row]]
    attempts: list[Row]
    now: datetime
    by_id: dict[str, Row] = field(default_factory=dict)
    # What many figures of one page rest on.
    worked_out: dict[Any, Any] = field(default_factory=dict)

    @classmethod
    def read(cls, site: Site) -> World:
        tables = {name: site.query(f"SELECT * FROM beatwright_{name}") for name in TABLES}
        world = cls(tables, site.attempts(), datetime.now(UTC))
        world.by_id = {
            str(row["id"]): row
            for rows in tables.values()
            for row in rows
            if isinstance(row.get("id"), uuid.UUID)
        }
        return world

    def __getattr__(self, name: str) -> list[Row]:
        return self.tables[name]

    def runs_of(self, job: str | uuid.UUID) -> list[Row]:
        """Newest first."""
        own = [run for run in self.tables["run"] if str(run["job_id"]) == str(job)]
        return sorted(own, key=lambda run: str(run["id"]), reverse=True)

    def last_ended(self, job: str | uuid.UUID, number: int = 30) -> list[Row]:
        """The runs that ended last, the last one first."""
        over = [run for run in self.runs_of(job) if run["state"] in OVER]
        return sorted(over, key=lambda run: run["finished_at"], reverse=True)[:number]

    def failures_in_a_row(self, job: str | uuid.UUID) -> int:
        row = 0
        for run in self.last_ended(job, 10_000):
            if run["state"] == "succeeded":
                return row
            row += run["state"] in BAD
        return row

    def usual(self, job: str | uuid.UUID) -> list[float]:
        """How long the good ones among its last thirty runs took."""
        good = [run for run in self.last_ended(job) if run["state"] == "succeeded"]
        return [ms for run in good if (ms := took(run)) is not None]

    def dead(self, where: Callable[[Row], bool] = lambda run: True) -> list[Row]:
        return [
            r
            for r in self.tables["run"]
            if r["state"] in BAD and r["resolved_at"] is None and where(r)
        ]

    def live_workers(self) -> list[Row]:
        return [worker for worker in self.tables["worker"] if self.hears(worker)]

    def hears(self, worker: Row) -> bool:
        return bool(worker["heartbeat_at"] > self.now - timedelta(seconds=60))


def took(run: Row) -> float | None:
    """From the last start to the end, in milliseconds; None of one that never started."""
    if run["started_at"] is None or run["finished_at"] is None or run["state"] == "skipped":
        return None
    return float((run["finished_at"] - run["started_at"]) // MS)


def waited(run: Row) -> float | None:
    return None if took(run) is None else float((run["started_at"] - run["available_at"]) // MS)


def word(run: Row) -> str:
    """Its state as people read it."""
    if run["state"] == "queued" and run["attempt"]:
        return "retrying"
    return str(WORDS.get(run["state"], run["state"]))


def occurrences(job: Row, state: Row, start: datetime) -> list[datetime]:
    """When a job is due within the hour after ``start``, of the schedules that the seed uses."""
    text, end = job["schedule"], start + timedelta(hours=1)
    if text == "@manual" or not job["enabled"] or job["archived_at"]:
        return []
    if text == "@every 90s":
        step, first = timedelta(seconds=90), state["anchor"]
        count = (start - first) // step + 1
        return [
            first + step * (count + number)
            for number in range(41)
            if first + step * (count + number) < end
        ]
    minute, hour, *_ = text.split()
    begin = start.replace(second=0, microsecond=0) + timedelta(minutes=1)
    local = [
        (
            begin + timedelta(minutes=n),
            (begin + timedelta(minutes=n)).astimezone(ZoneInfo(job["timezone"])),
        )
        for n in range(60)
    ]
    return [
        at
        for at, wall in local
        if at < end and _fits(minute, wall.minute) and _fits(hour, wall.hour)
    ]


def _fits(part: str, value: int) -> bool:
    if part.startswith("*/"):
        return value % int(part[2:]) == 0
    return part == "*" or int(part) == value
