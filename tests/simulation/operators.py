"""Operators: people who press buttons, each in a process of its own that ends with what it asked
for.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING

from django.db import DatabaseError, InterfaceError
from django.utils import timezone

from jobs.access.actor import Actor, Surface
from jobs.actions.pauses import pause_job, resume_job
from jobs.actions.queues import pause_queue, resume_queue
from jobs.actions.runs.cancel import cancel_run, cancel_runs
from jobs.actions.runs.dead_letters import requeue
from jobs.actions.runs.run import run_now
from jobs.errors import DomainError
from jobs.models import Job, Run, RunState
from tests.simulation.links import Links
from tests.simulation.plan import FAULTY_SECONDS, Fault
from tests.simulation.world import Program

if TYPE_CHECKING:
    from tests.simulation.system import System

ANNA = Actor("anna", Surface.CONSOLE)


class Operators:
    """``triggered`` counts the runs that people made."""

    def __init__(self, system: System) -> None:
        self.system, self.world = system, system.world
        self.triggered = 0
        self._links = Links("console")

    def ask(self, verb: str, fault: Fault) -> None:
        """In a web server's process, which waits for the database as long as any."""
        act: Callable[[Fault], None] = getattr(self, verb)
        self._in_a_process(f"console.{verb}", partial(act, fault))

    def _in_a_process(self, name: str, act: Callable[[], None]) -> None:
        self.world.spawn(name, partial(self._told, act), Program("console", self._links))

    def _told(self, act: Callable[[], None]) -> None:
        try:
            act()
        except (DomainError, DatabaseError, InterfaceError, Job.DoesNotExist) as error:
            self.world.note(f"is told: {error}")

    def run_now(self, fault: Fault) -> None:
        key = f"{fault.at}"
        made = run_now(self._job(fault), actor=ANNA, now=timezone.now(), key=key)
        self.triggered += made.created

    def cancel_run(self, fault: Fault) -> None:
        open_runs = Run.objects.filter(
            job__name=fault.target, state__in=RunState.active()
        ).order_by("id")
        run = open_runs.select_related("job").first()
        if run:
            cancel_run(run, actor=ANNA, now=timezone.now())

    def cancel_runs(self, fault: Fault) -> None:
        cancel_runs(self._job(fault), actor=ANNA, now=timezone.now())

    def pause_job(self, fault: Fault) -> None:
        pause_job(self._job(fault), actor=ANNA, now=timezone.now())
        self._after(fault, lambda: resume_job(self._job(fault), actor=ANNA, now=timezone.now()))

    def pause_queue(self, fault: Fault) -> None:
        pause_queue("default", actor=ANNA, now=timezone.now(), until=self._until(fault))
        self._after(fault, lambda: resume_queue("default", actor=ANNA, now=timezone.now()))

    def requeue(self, fault: Fault) -> None:
        dead = Run.objects.dead_letters().filter(job__name=fault.target).select_related("job")[:3]
        done = requeue(list(dead), actor=ANNA, now=timezone.now())
        self.triggered += len(done.runs)

    def change_job(self, fault: Fault) -> None:
        job = self._job(fault)
        job.priority += 1
        job.save()

    def _job(self, fault: Fault) -> Job:
        return Job.objects.get(name=fault.target)

    def _after(self, fault: Fault, act: Callable[[], object]) -> None:
        """Pressed again until it is done: somebody sees to it that nothing stays paused."""

        def resume() -> None:
            while True:
                try:
                    act()
                    return
                except (DatabaseError, InterfaceError):
                    self.world.sleep(1.0)

        at = min(self.world.now + fault.seconds, FAULTY_SECONDS)
        self.world.call_at(at, partial(self._in_a_process, "console.resume", resume))

    def _until(self, fault: Fault) -> datetime:
        return timezone.now() + timedelta(seconds=fault.seconds + 1)
