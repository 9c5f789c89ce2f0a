"""``job(…)``: a declaration, registered by the module that makes it."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Literal, TypedDict, Unpack

from jobs.declaring.when import Times
from jobs.errors import did_you_mean

Seconds = int | timedelta | None


class JobOptions(TypedDict, total=False):
    """What a job may say besides, under the names of the flags of ``job create``; a test holds
    these to them. What is left out has its default.
    """

    description: str
    tags: Sequence[str]
    owner: str
    one_off: bool
    jitter: Seconds
    starts_at: datetime | None
    ends_at: datetime | None
    calendars: Sequence[str]
    calendar_policy: Literal["skip", "next", "previous"]
    queue: str
    priority: int | Literal["low", "normal", "high", "critical"]
    pool: str
    resources: Mapping[str, int]
    overlap: Literal["allow", "skip", "queue", "cancel_running"]
    timeout: Seconds
    memory_limit: int | None
    fresh_process: bool
    max_retries: int | None
    retry_backoff: Seconds
    retry_backoff_max: Seconds
    retry_jitter: bool | None
    misfire: Literal["latest", "all", "skip"]
    misfire_window: Seconds
    start_deadline: Seconds
    must_succeed_by: str
    success_grace: Seconds
    longest_run: str
    shortest_run: str
    longest_silence: Seconds
    failures_before_alert: int | None
    least_output: str
    retention_days: int | None
    metadata: Mapping[str, Any]


@dataclass(frozen=True)
class Declaration:
    """One job as code says it, and where: ``module`` at ``line`` of ``file``.

    ``task`` is a Celery signature, or a task without arguments. ``only_in`` empty: everywhere.
    """

    name: str
    task: Any
    when: Times
    options: Mapping[str, Any]
    was: str = ""
    only_in: tuple[str, ...] = ()
    module: str = ""
    file: str = ""
    line: int = 0


class DeclaredJobs:
    """What the modules that were imported have declared, in that order."""

    def __init__(self) -> None:
        self.declarations: list[Declaration] = []

    def add(self, declaration: Declaration) -> Declaration:
        self.declarations.append(declaration)
        return declaration

    def forget(self, module: str) -> None:
        """Take back what a module has declared, as one that failed is imported again."""
        self.declarations = [each for each in self.declarations if each.module != module]


registry = DeclaredJobs()


def job(
    name: str,
    task: Any,
    when: Times,
    *,
    was: str = "",
    only_in: Sequence[str] = (),
    **options: Unpack[JobOptions],
) -> Declaration:
    """Declare a job: its name, a task or a Celery signature with its arguments, and when it is due.

    ``was``: its name before, so that it keeps its history. ``only_in``: the environments that have
    it. Raises TypeError for a call that declares no job.
    """
    if isinstance(only_in, str):
        raise TypeError(f"job({name!r}): only_in must be a list, such as [{only_in!r}]")
    caller = sys._getframe(1)
    place = {
        "module": caller.f_globals["__name__"],
        "file": caller.f_code.co_filename,
        "line": caller.f_lineno,
    }
    made = declaration_of(name, task, when, options)
    return registry.add(replace(made, was=was, only_in=tuple(only_in), **place))


def declaration_of(name: str, task: Any, when: Any, options: Mapping[str, Any]) -> Declaration:
    """A declaration that no module makes; raises TypeError for what declares no job."""
    call = f"job({name!r})"
    if not isinstance(name, str):
        raise TypeError(f"{call}: the name must be a text")
    if not isinstance(when, Times):
        raise TypeError(
            f"{call}: when it is due must be cron(…), every(…), rrule(…), once(…) or manual(), "
            f"not {when!r:.80}"
        )
    if not (hasattr(task, "s") or hasattr(task, "kwargs")):
        raise TypeError(f"{call}: a Celery task or its signature is wanted, not {task!r:.80}")
    known = JobOptions.__annotations__
    for option in options.keys() - known.keys():
        hint = did_you_mean(option, known) or f"known: {', '.join(known)}"
        raise TypeError(f"{call} has no option {option!r}: {hint}")
    return Declaration(name, task, when, dict(options))
