"""A pool child of a worker: takes what its main process gives it, claims, runs the body, records
its end.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from jobs import conf
from jobs.dispatch.messages.wire import unwrapped
from jobs.execution.outcome import outcomes
from jobs.execution.slots import Slot, Stage
from jobs.lifecycle.backoff import Backoff
from jobs.lifecycle.claim import Claim, claim
from jobs.lifecycle.connections import TRANSIENT
from jobs.lifecycle.finish import finish
from jobs.lifecycle.message import Message
from jobs.lifecycle.outcome import Outcome
from tests.simulation.bodies import KINDS, Body
from tests.simulation.broker import Sent
from tests.simulation.world import Program

if TYPE_CHECKING:
    from tests.simulation.worker import Life

ERROR = {"exc_type": "ValueError", "exc_message": ["as it was told"], "exc_module": "builtins"}


@dataclass(eq=False)
class Work:
    """A message in a worker's hands; ``accepted_at`` (monotonic) once the event loop has heard of
    its child.
    """

    sent: Sent
    tag: int
    message: Message
    child: Child | None = None
    accepted_at: float | None = None
    lost_at: float | None = None
    is_done: bool = False

    @property
    def task_id(self) -> str:
        return self.message.task_id

    @property
    def told(self) -> dict[str, Any]:
        """The headers as they are behind the worker's entrance."""
        return unwrapped(self.sent.headers)

    @property
    def is_exclusive(self) -> bool:
        return bool(self.told["beatwright_exclusive"])

    @property
    def limit(self) -> float | None:
        limit: float | None = self.told["beatwright_timeout"]
        return limit


class Child:
    """``work`` is what it was given and is not done with, ``body`` what it runs."""

    def __init__(self, life: Life, pid: int) -> None:
        self.life, self.pid = life, pid
        self.work: Work | None = None
        self.body: Body | None = None
        self.slot = Slot(pid, Stage.IDLE, False, time.monotonic(), time.monotonic())
        worker = life.worker
        name = f"{worker.name}.{pid % 1000}"
        program = Program(name, worker.links, answer_seconds=conf.get().child_answer_seconds)
        self.process = worker.world.spawn(name, self._run, program)

    @property
    def is_dead(self) -> bool:
        return self.process.is_dead

    def give(self, work: Work) -> None:
        self.work, work.child = work, self
        self.life.worker.world.wake(self.process)

    def kill(self, how: str = "killed") -> None:
        """With the body that it runs."""
        if self.body:
            self.body.end(self.life.worker.world.now, how)
            self.body = None
        self.process.kill()

    def freeze(self) -> None:
        self.process.freeze()
        if self.body:
            self.body.naps.append([self.life.worker.world.now, float("inf")])

    def thaw(self) -> None:
        self.process.thaw()
        if self.body and self.body.naps:
            self.body.naps[-1][1] = self.life.worker.world.now

    def _enter(self, stage: Stage, *, exclusive: bool = False) -> None:
        now = time.monotonic()
        self.slot = Slot(self.pid, stage, exclusive, now, now)
        self.process.doing = stage.name.lower()

    def _run(self) -> None:
        while True:
            while self.work is None:
                self.life.worker.world.park()
            work = self.work
            self._serve(work)
            self._enter(Stage.IDLE)
            self.work = None
            self.life.heard.append(("done", work, time.monotonic()))

    def _serve(self, work: Work) -> None:
        self.life.heard.append(("accepted", work, time.monotonic()))
        self._enter(Stage.CLAIMING)
        claimed = claim(work.message, pid=self.pid)
        if claimed is None:
            self.life.worker.world.note(
                f"drops {work.message.job_name} publish {work.message.publish}"
            )
            return
        outcome = self._body(work, claimed)
        self._enter(Stage.ENDING)
        try:
            finish(work.message, outcome, claimed=claimed)
        except TRANSIENT:
            self.life.worker.spool.append((work.message, outcome))

    def _body(self, work: Work, claimed: Claim) -> Outcome:
        self._enter(Stage.BODY, exclusive=claimed.exclusive)
        world, kind = self.life.worker.world, KINDS[work.message.job_name]
        run, worker = work.message.run_id.hex, self.life.worker.name
        self.body = self.life.worker.ledger.begin(
            Body(run, kind, claimed.attempt, worker, world.now)
        )
        world.note(f"begins {kind.name} attempt {claimed.attempt}")
        self.process.doing = "exclusive body" if claimed.exclusive else "body"
        world.step()
        time.sleep(self.process.dice.uniform(*kind.seconds))
        if kind.poison:
            self.kill("killed itself")
            world.park()
        failures = int(work.told["retries"])
        outcome = _outcome(
            failures < kind.fails, failures, work.told["beatwright_max_retries"], claimed.backoff
        )
        self.body.end(world.now, "returned" if failures >= kind.fails else "raised")
        self.body = None
        return outcome


def _outcome(
    is_failure: bool, failures: int, max_retries: int | None, backoff: Backoff | None
) -> Outcome:
    """As the task's life cycle tells Celery, and Celery the backend."""
    if not is_failure:
        return outcomes.success('"done"', None)
    if max_retries is not None and failures + 1 <= max_retries:
        return outcomes.retry(ERROR, str(ERROR), None, (backoff or Backoff()).delay(failures + 1))
    return outcomes.failure(ERROR, str(ERROR), None, by_body=True)


def message_of(sent: Sent, worker: str) -> Message:
    """What the worker reads in a message, by the core's own reading."""
    request = type("Request", (), {**unwrapped(sent.headers), "hostname": worker})()
    message = Message.of(request)
    assert message is not None
    return message
