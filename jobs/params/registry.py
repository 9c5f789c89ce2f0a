"""The registered Celery tasks, as what a job may name.

Any ``@shared_task`` or ``@app.task`` can be a job, as long as its function takes its params by
name, and it asks for nothing that a run cannot keep.
"""

from __future__ import annotations

import difflib
import inspect
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from weakref import WeakKeyDictionary, WeakSet

from celery import Celery
from celery._state import get_current_app
from celery.exceptions import QueueNotFound

from jobs.errors import UnknownTask
from jobs.params import task_modules
from jobs.params.refusals import refusal_of
from jobs.params.signature import AnyTask, UnfitSignature, schema_for
from jobs.params.task_modules import OddModule

COMMAND = "RunCommand"  # the shipped task that ALLOW_COMMANDS switches on
NAMES_IN_HINT = 8
NAME_LENGTH_IN_MESSAGE = 80


@dataclass(frozen=True)
class TaskInfo:
    """What a person needs to know of a task to make a job of it.

    ``schema`` is the JSON Schema of its params ({} for a refused one); ``refusal`` says why it
    cannot be a job, or is empty.
    """

    name: str
    summary: str
    doc: str
    schema: dict[str, Any]
    refusal: str


_infos: WeakKeyDictionary[AnyTask, TaskInfo] = WeakKeyDictionary()
_loaded: WeakSet[Celery] = WeakSet()


def registered() -> dict[str, TaskInfo]:
    """Every registered task but Celery's own, sorted by name; those that cannot be jobs say so in
    ``refusal``.
    """
    return {
        name: _info(task)
        for name, task in sorted(_tasks().items())
        if not name.startswith("celery.")
    }


def task_named(name: str) -> TaskInfo:
    """The task a job may name; raises UnknownTask when there is none of that name, or it cannot be
    a job.
    """
    return _info(task_if_known(name))


def task_if_known(name: object) -> AnyTask:
    """The Celery task itself, under the same conditions as ``get``."""
    task = _tasks().get(name) if isinstance(name, str) and not name.startswith("celery.") else None
    if task is None:
        raise _unknown(name)
    refusal = _info(task).refusal
    if refusal:
        raise UnknownTask(f"task {_quoted(name)} cannot be a job: {refusal}", field="task")
    return task


def is_registered(name: str) -> bool:
    """Whether a message with this name would find a task, Celery's own included."""
    return name in _tasks()


def odd_modules() -> list[OddModule]:
    """The modules that could not be imported here, and the names that two of them claim."""
    _tasks()
    return task_modules.odd_modules(get_current_app())


def why_missing(name: str) -> str:
    """Why a task is not registered, where the module that would hold it cannot be imported; else
    empty.
    """
    return next((f"{odd.place} {odd.problem}" for odd in odd_modules() if odd.may_hold(name)), "")


def queue_of(name: object) -> str:
    """The queue that a message of this task goes to: the one that the task declares
    (``@shared_task(queue=…)``), else as ``task_routes`` or the app's default have it; empty where
    an exchange decides.
    """
    if not isinstance(name, str):
        return ""
    declared = getattr(_tasks().get(name), "queue", None)
    router = get_current_app().amqp.router
    try:
        routed = router.route({"queue": declared} if declared else {}, name).get("queue")
    except QueueNotFound:  # routed to one that the app does not have
        return ""
    return str(getattr(routed, "name", routed) or "")


def _tasks() -> dict[str, AnyTask]:
    app = get_current_app()
    if app not in _loaded:
        app.loader.import_default_modules()
        _loaded.add(app)
    return app.tasks


def _info(task: AnyTask) -> TaskInfo:
    if task not in _infos:
        _infos[task] = _describe(task)
    return _infos[task]


def _describe(task: AnyTask) -> TaskInfo:
    doc = inspect.cleandoc(task.__doc__ or "")
    schema, refusal = _schema_or_refusal(task)
    return TaskInfo(
        name=task.name,
        summary=doc.partition("\n")[0].strip(),
        doc=doc,
        schema=schema,
        refusal=refusal,
    )


def _schema_or_refusal(task: AnyTask) -> tuple[dict[str, Any], str]:
    refusal = refusal_of(task)
    if refusal:
        return {}, refusal
    try:
        return schema_for(task), ""
    except UnfitSignature as error:
        return {}, str(error)


def _unknown(name: object) -> UnknownTask:
    names = [known for known, info in registered().items() if not info.refusal]
    close = suggest(str(name), names)
    guess = f"did you mean {_quoted(close)}? " if close else ""
    why = f"{why}. " if (why := why_missing(str(name))) else guess
    return UnknownTask(f"unknown task {_quoted(name)}", field="task", hint=f"{why}{_listed(names)}")


def suggest(wrong: str, known: Iterable[str]) -> str:
    """The known name most like the wrong one, letter case aside; empty when none is near."""
    by_folded = {name.casefold(): name for name in known}
    close = difflib.get_close_matches(wrong[:NAME_LENGTH_IN_MESSAGE].casefold(), by_folded, n=1)
    return by_folded[close[0]] if close else ""


def _listed(names: list[str]) -> str:
    if not names:
        return "no tasks are registered"
    more = f" and {len(names) - NAMES_IN_HINT} more" if len(names) > NAMES_IN_HINT else ""
    return f"registered: {', '.join(names[:NAMES_IN_HINT])}{more}"


def _quoted(name: object) -> str:
    text = str(name)
    return repr(
        text if len(text) <= NAME_LENGTH_IN_MESSAGE else f"{text[:NAME_LENGTH_IN_MESSAGE]}…"
    )
