"""The list of runs as CSV: streamed, a page of rows in memory at a time."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from django.http import HttpRequest, StreamingHttpResponse

from jobs.access.actor import actor_of
from jobs.admin.run.list.columns import Column, chosen_columns
from jobs.admin.run.list.filtering import wanted_runs
from jobs.models import Run
from jobs.queries.runs.listing import walk_runs

MOST = 50_000
# What a spreadsheet takes for a formula when a cell begins with it.
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


class _Lines:
    """A file that hands back what is written to it."""

    def write(self, line: str) -> str:
        return line


def csv_file(request: HttpRequest, now: datetime) -> StreamingHttpResponse:
    """The newest 50,000 runs that the list's filter matches, with its columns."""
    wanted, columns = wanted_runs(request, now), chosen_columns(request)
    runs = walk_runs(wanted, actor=actor_of(request), most=MOST)
    answer = StreamingHttpResponse(csv_lines(runs, columns), content_type="text/csv; charset=utf-8")
    name = f"runs-{now:%Y%m%d-%H%M%S}.csv"
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    answer.headers["Cache-Control"] = "no-store"
    return answer


def csv_lines(runs: Iterator[Run], columns: Sequence[Column]) -> Iterator[str]:
    """A line for the columns' names, and one for each run."""
    writer: Any = csv.writer(_Lines())
    yield writer.writerow(["id", "state", *(column.name for column in columns)])
    for run in runs:
        values = [column.plain(run) for column in columns]
        yield writer.writerow([str(run.pk), run.state, *map(harmless, values)])


def harmless(value: object) -> object:
    """A text that no spreadsheet takes for a formula; numbers as they are."""
    if isinstance(value, str) and value.startswith(FORMULA):
        return f"'{value}"
    return value
