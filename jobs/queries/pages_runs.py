"""What the pages about runs read: one page of the list, one run with its attempts and its log."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Max

from jobs.models import Run, RunLog
from jobs.queries.pages_keyset import KeysetPage, keyset_page

PAGE = 50
LOG_LINES = 1_000
LOG_PIECES = 1_000


@dataclass(frozen=True)
class RunFilter:
    """What the list is narrowed to; an empty value is no restriction."""

    state: str = ""
    job: uuid.UUID | None = None
    queue: str = ""
    trigger: str = ""


def runs_page(
    wanted: RunFilter, *, after: Sequence[Any] | None = None, before: Sequence[Any] | None = None
) -> KeysetPage[Run]:
    """One query: a page of runs, newest first, with their jobs' names."""
    chosen = {"state": wanted.state, "job": wanted.job, "queue": wanted.queue, "trigger": wanted.trigger}
    runs = Run.objects.filter(**{field: value for field, value in chosen.items() if value})
    runs = runs.select_related("job").only(*LIST_FIELDS)
    return keyset_page(runs, ("id",), descending=True, after=after, before=before, size=PAGE)


LIST_FIELDS = (
    "id", "state", "reason", "trigger", "queue", "scheduled_for", "available_at", "started_at", "finished_at",
    "attempt", "error", "job__name", "job__timezone",
)  # fmt: skip


@dataclass(frozen=True)
class LogTail:
    """The end of one attempt's log; ``cut`` says that there is more before it."""

    attempt: int
    lines: list[str]
    cut: bool


def log_tail(run: Run, attempt: int) -> LogTail:
    """One query: the last 1,000 lines of an attempt's log, read from at most 1,000 pieces."""
    pieces = list(
        RunLog.objects.filter(run=run, attempt=attempt).order_by("-seq").values_list("text", flat=True)[:LOG_PIECES]
    )
    lines = "".join(reversed(pieces)).splitlines()
    return LogTail(attempt, lines[-LOG_LINES:], cut=len(lines) > LOG_LINES or len(pieces) == LOG_PIECES)


def log_mark(run: Run) -> str:
    """One query: changes whenever a piece was added to the log of the run's present attempt."""
    last = RunLog.objects.filter(run=run, attempt=run.attempt).aggregate(last=Max("seq"))["last"]
    return f"{run.attempt}.{last}"
