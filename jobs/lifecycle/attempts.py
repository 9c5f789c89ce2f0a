"""What an attempt's row holds beyond the columns that django-celery-results gives it: one reader, and one writer."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django_celery_results.models import TaskResult

from jobs.lifecycle.connections import LIFECYCLE


@dataclass(frozen=True, slots=True)
class AttemptMeta:
    """The JSON in the ``meta`` of a TaskResult row that records one attempt of a run.

    While it runs, ``pid`` is its pool child. Once it is over, ``outcome`` is a word of Ending, ``cause`` one of Loss
    if it was lost, and ``children`` what Celery keeps there. ``late_finished_at`` (ISO 8601) is when a body came to its
    end although the attempt had been ended for it.
    """

    run: uuid.UUID
    attempt: int
    pid: int | None = None
    outcome: str | None = None
    cause: str | None = None
    children: tuple[Any, ...] | None = None
    late_finished_at: str | None = None

    @classmethod
    def read(cls, text: str | None) -> AttemptMeta | None:
        """None where it is no attempt's: the result of a plain task, whose meta is anybody's."""
        try:
            stored = json.loads(text or "{}")
            run, attempt, children = uuid.UUID(stored["run"]), stored["attempt"], stored.get("children")
            children = None if children is None else tuple(children)
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
            return None
        if not isinstance(attempt, int) or str(run) != stored["run"]:
            return None
        return cls(
            run=run,
            attempt=attempt,
            pid=stored.get("pid"),
            outcome=stored.get("outcome"),
            cause=stored.get("cause"),
            children=children,
            late_finished_at=stored.get("late_finished_at"),
        )

    def text(self) -> str:
        """As it is stored: without what it does not have."""
        stored = {
            "run": str(self.run),
            "attempt": self.attempt,
            "pid": self.pid,
            "outcome": self.outcome,
            "cause": self.cause,
            "children": self.children,
            "late_finished_at": self.late_finished_at,
        }
        return json.dumps({name: value for name, value in stored.items() if value is not None})


def metas_of(task_ids: Iterable[str]) -> dict[str, AttemptMeta]:
    """One query: the attempts that these messages have begun, by their task ids."""
    rows = TaskResult.objects.using(LIFECYCLE).filter(task_id__in=list(task_ids)).values_list("task_id", "meta")
    return {task_id: meta for task_id, text in rows if (meta := AttemptMeta.read(text))}
