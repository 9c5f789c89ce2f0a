"""The columns that the list of runs can have: each once, for the page and for the export."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from django.http import HttpRequest
from django.urls import reverse

from jobs.admin.look import paging
from jobs.admin.look.times import moment, took
from jobs.models import ListNoun, Run, RunState
from jobs.models.access.user import User
from jobs.moments import iso
from jobs.queries.access.views import columns_for
from jobs.redaction.redactor import redactor_of

PARAMS_SHOWN = 200


@dataclass(frozen=True)
class Column:
    """``kind`` names how a page prints it; ``value`` is what it prints, ``plain`` what a program
    reads.
    """

    name: str
    label: str
    kind: str
    value: Callable[[Run, datetime], Any]
    plain: Callable[[Run], object]
    is_usual: bool = True


@dataclass(frozen=True)
class Cell:
    column: Column
    value: Any
    url: str = ""


def _note(run: Run) -> str:
    return run.error or run.reason


def _masked_note(run: Run) -> str:
    return redactor_of(run.params).text(_note(run))


def _params(run: Run) -> str:
    return json.dumps(redactor_of(run.params).json(run.params), ensure_ascii=False)


def _seconds(run: Run) -> float | str:
    if run.started_at and run.finished_at:
        return max(0.0, round((run.finished_at - run.started_at).total_seconds(), 3))
    return ""


def _of(name: str) -> Callable[[Run], object]:
    return lambda run: getattr(run, name)


def _moment(name: str) -> Callable[[Run, datetime], Any]:
    return lambda run, now: moment(getattr(run, name), now, run.job.timezone)


def _stamp(name: str) -> Callable[[Run], object]:
    return lambda run: iso(getattr(run, name)) or ""


def _text(name: str, label: str, *, kind: str = "minor", is_usual: bool = True) -> Column:
    read = _of(name)
    return Column(name, label, kind, lambda run, now: read(run), read, is_usual)


COLUMNS: tuple[Column, ...] = (
    Column("job", "Job", "job", lambda run, now: run.job.name, lambda run: run.job.name),
    Column("due", "Due", "moment", _moment("scheduled_for"), _stamp("scheduled_for")),
    Column("started", "Started", "when", _moment("started_at"), _stamp("started_at"), False),
    Column("finished", "Finished", "when", _moment("finished_at"), _stamp("finished_at"), False),
    Column(
        "took",
        "Took",
        "took",
        lambda run, now: took(
            run.started_at, run.finished_at, now, goes_on=run.state == RunState.RUNNING
        ),
        _seconds,
    ),
    _text("trigger", "Trigger"),
    _text("attempt", "Attempts", kind="attempts"),
    _text("queue", "Queue", is_usual=False),
    _text("worker", "Worker"),
    _text("task", "Task", is_usual=False),
    _text("job_version", "Version", kind="number", is_usual=False),
    Column(
        "params", "Params", "note", lambda run, now: _params(run)[:PARAMS_SHOWN], _params, False
    ),
    Column("note", "What happened", "note", lambda run, now: _note(run), _masked_note),
)
BY_NAME = {column.name: column for column in COLUMNS}
USUAL = [column.name for column in COLUMNS if column.is_usual]


def chosen_columns(request: HttpRequest) -> list[Column]:
    """Those in the address, else the person's own, else the usual ones; one query at the most."""
    names = [name for name in paging.parameter(request, "columns").split(",") if name in BY_NAME]
    names = names or columns_for(cast("User", request.user), ListNoun.RUNS)
    return [column for column in COLUMNS if column.name in (set(names) & set(BY_NAME) or USUAL)]


def cells(run: Run, columns: Sequence[Column], now: datetime) -> Iterator[Cell]:
    """What the run's row shows of it."""
    for column in columns:
        url = (
            reverse("beatwright:beatwright_job_detail", args=[run.job_id])
            if column.kind == "job"
            else ""
        )
        yield Cell(column, column.value(run, now), url)


def column_choices(columns: Sequence[Column]) -> list[tuple[Column, bool]]:
    """All columns, each with whether it is shown."""
    return [(column, column in columns) for column in COLUMNS]
