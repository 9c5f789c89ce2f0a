"""django-celery-beat's rows: which can be sent, and what is wrong with the others.

A row is looked at by itself, so that one that nobody can read, plan or send costs the others
nothing.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Any, NamedTuple

from celery.utils.time import maybe_make_aware
from django.db import DatabaseError, InterfaceError
from django.db.models import prefetch_related_objects
from django_celery_beat.models import PeriodicTask
from kombu.utils.json import loads

KINDS = ("interval", "crontab", "solar", "clocked")
TEXTS = (
    ("args", list, "[]", "a list"),
    ("kwargs", dict, "{}", "an object"),
    ("headers", dict, "{}", "an object"),
)
AT_ONCE = 500
DATABASE_AWAY = (DatabaseError, InterfaceError)


class OddRow(NamedTuple):
    """An enabled row that is not sent, or that nobody would run, and why."""

    pk: int
    name: str
    problem: str


def enabled_rows() -> tuple[list[PeriodicTask], list[OddRow]]:
    """The enabled rows that can be sent, with their schedules loaded, and the others.

    Raises the database's errors.
    """
    good: list[PeriodicTask] = []
    odd: list[OddRow] = []
    names = dict(PeriodicTask.objects.filter(enabled=True).order_by("pk").values_list("pk", "name"))
    for pks in _pages(list(names)):
        rows, unread = _read(pks)
        odd += [OddRow(pk, names[pk], problem) for pk, problem in unread.items()]
        for row in rows:
            if problem := problem_of(row):
                odd.append(OddRow(row.pk, row.name, problem))
            else:
                good.append(row)
    return good, odd


def problem_of(row: PeriodicTask) -> str:
    """Why the row cannot be sent, in one line; empty where it can. Raises the database's errors."""
    try:
        return next(_problems(row), "")
    except DATABASE_AWAY:
        raise
    except Exception as error:  # noqa: BLE001  # what a row can hold is beyond listing, and it is the row's problem
        return row_error_text(error)


def row_error_text(error: Exception) -> str:
    """An error in one line."""
    if type(error).__name__ == "ImproperlyConfigured" and "ephem" in str(error):
        return (
            "solar schedules need the package ephem, which is not installed (pip install "
            "celery[solar])"
        )
    first = str(error).strip().partition("\n")[0]
    if first and type(error) is ValueError:  # says what is wrong with the value
        return first
    return f"{type(error).__name__}: {first}" if first else type(error).__name__


def _problems(row: PeriodicTask) -> Iterator[str]:
    kinds = [kind for kind in KINDS if getattr(row, f"{kind}_id") is not None]
    if len(kinds) != 1:
        yield (
            f"it has {len(kinds) or 'no'} schedules and needs "
            f"one{': ' + ', '.join(kinds) if kinds else ''}"
        )
    if row.interval and row.interval.every <= 0:
        yield f"its interval of {row.interval.every} {row.interval.period} would be due without end"
    if row.clocked and not row.one_off:
        yield "a clocked row must be one-off: else it is sent again whenever the rows are read"
    yield from _unreadable_texts(row)
    schedule = row.schedule
    _ = schedule == schedule  # noqa: PLR0124  # the scheduler compares what it reads with what it has
    _, wait = schedule.is_due(
        maybe_make_aware(row.last_run_at or row.date_changed or datetime.now(UTC))
    )
    if not isinstance(wait, int | float) or not math.isfinite(wait):
        yield f"its next moment cannot be told ({wait!r})"


def _unreadable_texts(row: PeriodicTask) -> Iterator[str]:
    for name, kind, empty, wanted in TEXTS:
        text: Any = getattr(row, name)
        try:
            value = loads(text or empty)
        except (ValueError, RecursionError) as error:
            yield f"{name}: no JSON ({str(error).partition(chr(10))[0]})"
        else:
            if not isinstance(value, kind):
                yield f"{name}: must be {wanted}, not {type(value).__name__}"


def _pages(pks: list[int]) -> Iterable[list[int]]:
    return (pks[start : start + AT_ONCE] for start in range(0, len(pks), AT_ONCE))


def _read(pks: list[int]) -> tuple[list[PeriodicTask], dict[int, str]]:
    """The rows of one page; where it cannot be read as a whole, one by one, and why those that
    cannot cannot.
    """
    try:
        return _loaded(pks), {}
    except DATABASE_AWAY:
        raise
    except Exception:  # noqa: BLE001  # a converter's, of whatever one of them holds
        return _read_singly(pks)


def _read_singly(pks: list[int]) -> tuple[list[PeriodicTask], dict[int, str]]:
    rows: list[PeriodicTask] = []
    unread: dict[int, str] = {}
    for pk in pks:
        try:
            rows += _loaded([pk])
        except DATABASE_AWAY:
            raise
        except Exception as error:  # noqa: BLE001  # as above
            unread[pk] = row_error_text(error)
    return rows, unread


def _loaded(pks: list[int]) -> list[PeriodicTask]:
    rows = list(PeriodicTask.objects.filter(pk__in=pks).order_by("pk"))
    prefetch_related_objects(rows, *KINDS)
    return rows
