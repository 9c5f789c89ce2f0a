"""What a worker takes from its broker, which anybody may have written to: messages sealed by us,
and what is listed.

A message of a run must bear our seal. One of any other task must bear it, too, or name tasks of
PLAIN_TASKS alone, in its links as well. The rest is refused before Celery has made anything of it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from jobs.dispatch.messages.wire import (
    PUBLISH,
    QUEUE,
    RUN,
    TASK,
    claims_to_be_run,
    is_of_run,
    unwrapped,
)
from jobs.dispatch.seal import HEADER, is_sealed
from jobs.models.run import is_message_id, message_id

CELERYS_OWN = "celery."
# Their first argument may be a name.
MAPS = frozenset({"celery.map", "celery.starmap", "celery.chunks"})
REGISTERED, NONE = "registered", "none"
LINKS = frozenset({"callbacks", "errbacks", "chain", "chord"})
NOTHING_TO_SAY: tuple[Any, ...] = ([], {}, dict.fromkeys(LINKS))  # the body of a run's message
SHOWN = 80


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a message is not taken: ``kind`` is one of a few, ``told`` says it of this one, in a
    line.
    """

    kind: str
    told: str
    task_id: str = ""  # of a plain task, whose sender may wait to hear of it


@dataclass(frozen=True, slots=True)
class Entrance:
    """``keys`` make seals, ``listed`` is PLAIN_TASKS."""

    keys: Sequence[str]
    listed: Sequence[str]

    def refusal_of(self, message: Any, queues: Collection[str]) -> Refusal | None:
        """None for what may come in; ``queues`` are those that this worker consumes.

        Raises whatever Celery itself would raise of a message that is none.
        """
        headers = message.headers
        content = (message.content_type, message.content_encoding)
        sealed = is_sealed(self.keys, headers, message.body or b"", content)
        if claims_to_be_run(headers):
            return _of_run(message, queues) if sealed else _unsealed(headers, _of_named(headers))
        if is_message_id(
            headers.get("id")
        ):  # a plain task's result would be written over the run's attempt
            return Refusal("run", f"{_of(headers.get('task'))} is no run, and has the id of one")
        return None if sealed else self._of_plain(message)

    def _of_plain(self, message: Any) -> Refusal | None:
        headers, payload = message.headers, message.payload
        # The protocols of old put it all into the body.
        told = payload if isinstance(payload, dict) else headers
        if "task" not in headers and "task" not in told:
            return None  # no task at all, which is Celery's to say
        task = headers.get("task", told.get("task"))
        if claims_to_be_run({**told, **headers}) or is_message_id(told.get("id")):
            return _unsealed(headers, f"{_of(task)}, with the id of a run")
        strangers = [name for name in named_by(task, headers, payload) if not self.is_listed(name)]
        return _unlisted(headers, task, strangers[0], told.get("id")) if strangers else None

    def is_listed(self, name: object) -> bool:
        """Whether a plain task of this name runs, whoever has sent it."""
        if not isinstance(name, str):
            return False
        if REGISTERED in self.listed and not name.startswith(CELERYS_OWN):
            return True
        return any(
            fnmatchcase(name, pattern)
            for pattern in self.listed
            if pattern not in (REGISTERED, NONE)
        )


def named_by(task: object, headers: Any, payload: Any) -> Iterator[object]:
    """The names of all tasks that a plain message could start, links and Celery's own maps
    included.

    What a link starts is sent on by the worker, under its seal. Raises ValueError for a body in
    which names could hide.
    """
    yield task
    yield from _in_signatures([headers.get(name) for name in LINKS])  # Celery reads them there, too
    links: Any
    if isinstance(payload, dict):
        args, kwargs, links = (
            payload.get("args"),
            payload.get("kwargs"),
            {name: payload.get(name) for name in LINKS},
        )
    else:
        args, kwargs, links = payload
    if links is not None and not (isinstance(links, dict) and set(links) <= LINKS):
        raise ValueError("the links of the message are not as Celery writes them")
    yield from _in_signatures(links)
    yield from _carried(task, args, kwargs)


def _carried(task: object, args: Any, kwargs: Any) -> Iterator[object]:
    """What Celery's own tasks are given is tasks; what others are given is their own affair."""
    if not isinstance(task, str) or not task.startswith(CELERYS_OWN):
        return
    if task in MAPS and isinstance(args, list) and args and isinstance(args[0], str):
        yield args[0]
    yield from _in_signatures([args, kwargs])


def _in_signatures(value: Any) -> Iterator[object]:
    """Of a signature its name, its links, and what Celery's own carry; of anything else what is in
    it.
    """
    if isinstance(value, list):
        for each in value:
            yield from _in_signatures(each)
    elif isinstance(value, dict) and isinstance(value.get("task"), str):
        yield value["task"]
        options = value.get("options") or {}
        if is_of_run(options.get("headers") or {}) or is_message_id(options.get("task_id")):
            raise ValueError("a link would be sent as a run")
        yield from _in_signatures(
            [each for name, each in value.items() if name not in ("args", "kwargs")]
        )
        yield from _carried(value["task"], value.get("args"), value.get("kwargs"))
    elif isinstance(value, dict):
        yield from _in_signatures(list(value.values()))


def _of_run(message: Any, queues: Collection[str]) -> Refusal | None:
    """The seal says that we have written it; this is for whoever has a key and a fault."""
    try:
        headers = unwrapped(message.headers)
    except ValueError as error:
        return Refusal("run", f"{_of_named(message.headers)}: {error}")
    task, queue = _of(headers["task"]), headers.get(QUEUE)
    if headers.get("id") != message_id(headers[RUN], headers[PUBLISH]):
        return Refusal("run", f"{task}: its id is not that of its run")
    if tuple(message.payload) != NOTHING_TO_SAY:
        return Refusal("run", f"{task}: the message of a run carries neither arguments nor links")
    if queue not in queues:
        return Refusal("queue", f"{task}: a run of the queue {_short(queue)}")
    return None


def _unsealed(headers: Any, what: str) -> Refusal:
    why = "its seal is not of MESSAGE_KEYS" if HEADER in headers else "it has no seal"
    return Refusal("run", f"a run of {what}: {why}")


def _unlisted(headers: Any, task: object, stranger: object, task_id: object) -> Refusal:
    why = "its seal is not of MESSAGE_KEYS" if HEADER in headers else "it has no seal"
    links = "" if stranger == task else f" and names {_of(stranger)}"
    told = f"{_of(task)} is no run{links}: {why}, and PLAIN_TASKS does not list {_of(stranger)}"
    return Refusal("plain", told, task_id if isinstance(task_id, str) else "")


def _of_named(headers: Any) -> str:
    return _of(headers.get(TASK, headers.get("task")))


def _of(task: object) -> str:
    return f"the task {_short(task)}"


def _short(name: object) -> str:
    text = repr(name) if isinstance(name, str) else f"<{type(name).__name__}>"
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}…"
