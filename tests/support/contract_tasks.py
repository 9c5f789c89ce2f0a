"""Tasks as Celery documents them, one for each line of the contract; a worker imports them with
``-I``.
"""

from __future__ import annotations

import asyncio
import logging
import logging.config
import multiprocessing
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from asgiref.sync import sync_to_async
from billiard.exceptions import SoftTimeLimitExceeded, WorkerLostError
from celery import Task, chain, current_app, shared_task
from celery.exceptions import WorkerShutdown, WorkerTerminate
from django.db import connection

log = logging.getLogger("contract")


class Needy(Exception):
    """Cannot be pickled and read again: its constructor wants more than it keeps."""

    def __init__(self, code: int, text: str) -> None:
        super().__init__(f"{code}: {text}")


class Mute(Exception):
    """Can neither be shown nor pickled."""

    def __str__(self) -> str:
        raise RuntimeError("no words")

    __repr__ = __str__

    def __reduce__(self) -> Any:
        raise RuntimeError("no pickle")


class Poison(Exception):
    """Can be pickled, and read by the process that did; any other that reads it ends."""

    def __reduce__(self) -> Any:
        return _read, (os.getpid(),)


def _read(pid: int) -> Poison:
    if pid != os.getpid():
        raise MemoryError("poisoned")
    return Poison("read again")


class Unruly(BaseException):
    """No Exception."""


ERRORS: dict[str, BaseException] = {
    "memory": MemoryError("no room"),
    "keyboard": KeyboardInterrupt("ctrl-c"),
    "generator": GeneratorExit("gone"),
    "unruly": Unruly("its own way"),
    "needy": Needy(7, "custom arguments"),
    "mute": Mute("a", "b"),
    "poison": Poison("in the well"),
    "group": ExceptionGroup("several", [ValueError("one"), Needy(2, "two")]),
    "lost": WorkerLostError("so it says"),
    "shutdown": WorkerShutdown(0),
    "terminate": WorkerTerminate(1),
    "os": OSError(2, "No such file", "orders.csv"),
    "cancelled": asyncio.CancelledError("by hand"),
}


@shared_task(name="contract.fail")
def fail(kind: str) -> None:
    raise ERRORS[kind]


@shared_task(name="contract.exit")
def leave(code: int) -> None:
    sys.exit(code)


@shared_task(name="contract.coroutine", bind=True)
async def coroutine(self: Any, n: int = 1) -> dict[str, Any]:
    log.warning("the body ran")
    await asyncio.sleep(0)
    found = await sync_to_async(one)()
    return {"n": n, "attempt": self.request.attempt, "one": found}


def one() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        return int(cursor.fetchone()[0])


@shared_task(name="contract.patient", soft_time_limit=1, time_limit=30)
async def patient() -> None:
    try:
        await asyncio.sleep(60)
    except SoftTimeLimitExceeded:
        log.warning("cleaning up")
        raise


@shared_task(name="contract.coroutine_sleep")
async def coroutine_sleep() -> None:
    try:
        await asyncio.gather(asyncio.sleep(60), asyncio.sleep(61))
    except SoftTimeLimitExceeded:
        log.warning("cleaning up")
        raise


@shared_task(name="contract.stubborn", soft_time_limit=1, time_limit=2)
def stubborn() -> None:
    end = time.monotonic() + 60
    while time.monotonic() < end:
        try:
            time.sleep(60)
        except SoftTimeLimitExceeded:
            log.warning("not yet")


@shared_task(name="contract.lazy")
def lazy(kind: str) -> Any:
    made = {
        "map": map(str, [1]),
        "iterator": (n for n in [1]),
        "future": asyncio.Future(loop=_Loop()),
    }
    return made[kind]


class _Loop(asyncio.SelectorEventLoop):
    def __del__(self) -> None:
        self.close()


@shared_task(name="contract.print")
def printing() -> None:
    print("total:", 3, "items of", 10.5)  # noqa: T201
    log.warning("between")
    print("to stderr", file=sys.stderr)  # noqa: T201
    print("no newline", end="")  # noqa: T201


@shared_task(name="contract.multiprocessing")
def processes() -> list[int]:
    with multiprocessing.Pool(2) as workers:
        return workers.map(abs, [-1, -2])


@shared_task(name="contract.wait")
def wait_for_result() -> Any:
    return current_app.send_task("contract.add", (1, 2)).get(timeout=1)


@shared_task(name="contract.add")
def add(x: int, y: int) -> int:
    return x + y


@shared_task(name="contract.canvas")
def canvas() -> str:
    return str(chain(add.s(1, 2), add.s(3)).apply_async().id)


@shared_task(name="contract.logging")
def configure_logging() -> None:
    """In each of the two usual ways; the second switches off every logger that there is."""
    logging.basicConfig(level=logging.INFO, force=True)
    logging.getLogger("contract.first").info("still heard")
    logging.config.dictConfig({"version": 1, "root": {"level": "INFO", "handlers": []}})
    logging.getLogger("contract.second").info("still heard")


@shared_task(name="contract.open_transaction")
def open_transaction(lock: bool = False) -> None:
    with connection.cursor() as cursor:
        cursor.execute("BEGIN")
        cursor.execute("UPDATE beatwright_job SET owner = 'never' WHERE name = 'begin'")
        if lock and connection.vendor == "postgresql":
            # SQLite knows no other than that of its one writer.
            cursor.execute("LOCK TABLE beatwright_run")


class Framed(Task):  # type: ignore[type-arg]  # Celery's own takes no subscript at run time
    """Celery's documentation: a class with state and a ``__call__`` that runs ``self.run``
    itself.
    """

    calls = 0

    @contextmanager
    def frame(self) -> Iterator[None]:
        log.warning("before")
        yield
        log.warning("after")

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        with self.frame():
            return self.run(*args, **kwargs)


class Calling(Task):  # type: ignore[type-arg]  # Celery's own takes no subscript at run time
    """The same in the older way."""

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        log.warning("before")
        return super().__call__(*args, **kwargs)


@shared_task(name="contract.framed", base=Framed, bind=True)
def framed(self: Any, n: int) -> list[Any]:
    self.calls += 1
    return [n, self.request.attempt]


@shared_task(name="contract.calling", base=Calling, bind=True)
def calling(self: Any, n: int) -> list[Any]:
    return [n, self.request.attempt]


@shared_task(name="contract.retrying", bind=True, max_retries=5)
def retrying(self: Any, page: int = 1) -> int:
    log.warning("page %s", page)
    if page < 3:
        raise self.retry(kwargs={"page": page + 1}, countdown=0)
    return page


@shared_task(
    name="contract.late",
    acks_late=True,
    reject_on_worker_lost=True,
    ignore_result=True,
    track_started=True,
)
def late(kind: str = "") -> str:
    if kind:
        raise ERRORS[kind]
    return "not kept"


@shared_task(name="contract.expected", throws=(LookupError,))
def expected() -> None:
    raise LookupError("as expected")


@shared_task(name="contract.replacing", bind=True)
def replacing(self: Any) -> None:
    raise self.replace(add.s(1, 2))


class Told(Task):  # type: ignore[type-arg]  # Celery's own takes no subscript at run time
    """Says what its handlers are told."""

    def before_start(self, task_id: str, args: Any, kwargs: Any) -> None:
        log.warning("before_start was told %s", kwargs)

    def on_success(self, retval: Any, task_id: str, args: Any, kwargs: Any) -> None:
        log.warning("on_success was told %s", kwargs)

    def after_return(
        self, status: str, retval: Any, task_id: str, args: Any, kwargs: Any, einfo: Any
    ) -> None:
        log.warning("after_return was told %s", kwargs)


@shared_task(name="contract.handled", base=Told)
def handled(n: int) -> int:
    return n
