"""What must hold of a world at its end, whatever has happened in it."""

from __future__ import annotations

import itertools
import json
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from django.db import DatabaseError, InterfaceError
from django_celery_results.models import TaskResult

from jobs.dispatch.brokers.broker import BROKER_ERRORS
from jobs.dispatch.brokers.gate import BrokerUnavailable, QueueRefused
from jobs.dispatch.clock import database_now
from jobs.history.stored import Scope, examine
from jobs.models import LostAttempt, Run, RunState, Trigger
from tests.simulation.bodies import FOREVER, KINDS, NEVER, POOL_SLOTS, Body
from tests.simulation.clock import EPOCH
from tests.simulation.plan import FAULTY_SECONDS

if TYPE_CHECKING:
    from tests.simulation.system import System

EXPECTED = (DatabaseError, InterfaceError, BrokerUnavailable, QueueRefused, *BROKER_ERRORS)
PATIENCE_SECONDS = 120.0
AWAKE_SECONDS = 2.0
RECOVERING_SECONDS = 30.0  # how long a call may hang on beyond the trouble that it met
TAKEN_AWAY = {"lost", "released", "cancelled", "timed_out"}


def broken(system: System) -> Iterator[str]:
    """Each violation, in a sentence."""
    yield from system.world.errors
    judge = Judge(system)
    for check in (
        judge.occurrences,
        judge.attempts,
        judge.successes,
        judge.overlaps,
        judge.pools,
        judge.liveness,
        judge.dead_letters,
        judge.losses,
        judge.rows,
    ):
        yield from check()


class Judge:
    """Reads the database once, after everything has stopped."""

    def __init__(self, system: System) -> None:
        self.system, self.ledger = system, system.ledger
        self.end = system.world.now
        self.runs = list(Run.objects.select_related("job").order_by("id"))
        self.outcomes = {}
        for attempt in TaskResult.objects.all():
            meta = json.loads(attempt.meta or "{}")
            done = (attempt.date_done - EPOCH).total_seconds() if attempt.date_done else None
            self.outcomes[meta["run"].replace("-", ""), meta["attempt"]] = (
                meta.get("outcome", ""),
                done,
            )

    def name(self, run: Run) -> str:
        return self.system.names.get(run.pk.hex, str(run))

    def occurrences(self) -> Iterator[str]:
        """Each due moment is a run or is counted in a skipped one, once."""
        for job in self.system.plan.jobs:
            every = KINDS[job].every
            accounted: Counter[float] = Counter()
            for run in self.runs:
                if run.job.name == job and run.trigger == Trigger.SCHEDULE:
                    accounted.update(_moments(run, every))
            last = self.end - PATIENCE_SECONDS
            for moment in range(every, int(last), every):
                if accounted[moment] != 1:
                    yield (
                        f"{job}: the occurrence at {moment} s is accounted for "
                        f"{accounted[moment]} times"
                    )

    def attempts(self) -> Iterator[str]:
        """Every body that began is a recorded attempt, and began once."""
        begun = Counter((body.run, body.attempt) for body in self.ledger.bodies)
        for body in self.ledger.bodies:
            if begun[body.run, body.attempt] > 1:
                yield f"{body} began {begun[body.run, body.attempt]} times"
            if (body.run, body.attempt) not in self.outcomes:
                yield f"{body} began and is not recorded"
        recorded = Counter(run for run, _ in self.outcomes)
        for run in self.runs:
            if run.attempt != recorded[run.pk.hex]:
                yield (
                    f"{self.name(run)} counts {run.attempt} attempts, {recorded[run.pk.hex]} "
                    "are recorded"
                )

    def successes(self) -> Iterator[str]:
        """A run succeeds once at most, with a body that returned; and fails no more often than its
        job allows.
        """
        succeeded = Counter(
            run for (run, _), (outcome, _) in self.outcomes.items() if outcome == "succeeded"
        )
        returned = {
            (body.run, body.attempt) for body in self.ledger.bodies if body.how == "returned"
        }
        for key, (outcome, _) in self.outcomes.items():
            if outcome == "succeeded" and key not in returned:
                yield f"{key} is recorded as succeeded and never returned"
        for run in self.runs:
            if (run.state == RunState.SUCCEEDED) != bool(succeeded[run.pk.hex]) or succeeded[
                run.pk.hex
            ] > 1:
                yield (
                    f"{self.name(run)} is {run.state} with {succeeded[run.pk.hex]} "
                    "successful attempts"
                )
            if run.failures > int(run.job.max_retries or 0) + 1:
                yield f"{self.name(run)} failed {run.failures} times"

    def overlaps(self) -> Iterator[str]:
        """No two bodies of an exclusive job are at work at once.

        One that was frozen has a moment to be ended.
        """
        by_job: dict[str, list[Body]] = defaultdict(list)
        for body in self.ledger.bodies:
            if body.kind.is_exclusive:
                by_job[body.kind.name].append(body)
        for bodies in by_job.values():
            for earlier, later in itertools.combinations(bodies, 2):
                over = end_of(earlier) - later.began
                if over > 0:
                    yield (
                        f"{earlier} and {later} overlap for "
                        f"{min(over, end_of(later) - later.began):.1f} s"
                    )

    def pools(self) -> Iterator[str]:
        """A pool's slots are never exceeded by bodies whose runs were still theirs."""
        pooled = [body for body in self.ledger.bodies if "pool" in body.kind.fields]
        for body in pooled:
            beside = [one for one in pooled if one.began <= body.began < self._freed(one)]
            if len(beside) > POOL_SLOTS:
                yield f"{len(beside)} bodies in {POOL_SLOTS} slots: {', '.join(map(str, beside))}"

    def _freed(self, body: Body) -> float:
        """When its slot was another's: at its end, or when its run was taken away from it."""
        outcome, _ = self.outcomes.get((body.run, body.attempt), ("", None))
        left = [
            moment for moment in self.system.left_running.get(body.run, ()) if moment >= body.began
        ]
        return min(body.ended, *left[:1]) if outcome in TAKEN_AWAY and left else body.ended

    def liveness(self) -> Iterator[str]:
        """Once nothing is broken any more, nothing waits for long."""
        working = {body.run for body in self.ledger.at_work()}
        occupied = {
            run.job_id for run in self.runs if run.state in {RunState.QUEUED, RunState.RUNNING}
        }
        for run in self.runs:
            since = self._waits_since(run, working, occupied)
            if since is not None and self.end - since > PATIENCE_SECONDS:
                yield f"{self.name(run)} is {run.state} and has waited for {self.end - since:.0f} s"

    def _waits_since(self, run: Run, working: set[str], occupied: set[UUID]) -> float | None:
        if RunState(run.state).is_final or run.pk.hex in working:
            return None
        if run.state == RunState.BLOCKED and run.job_id in occupied:
            return None
        moments = [run.created_at, run.available_at, run.started_at or run.created_at]
        return max(FAULTY_SECONDS, *map(_seconds, moments))

    def dead_letters(self) -> Iterator[str]:
        """A job that does nothing wrong has none; one that kills its process has had its three
        starts.
        """
        for run in self.runs:
            kind = KINDS[run.job.name]
            if run.state not in {RunState.FAILED, RunState.TIMED_OUT}:
                continue
            if kind.is_healthy:
                yield (
                    f"{self.name(run)}, which is healthy, is {run.state}: {run.reason} {run.error}"
                )
            if (
                kind.fails == NEVER
                and run.failures
                and run.failures != int(run.job.max_retries or 0) + 1
            ):
                yield f"{self.name(run)} was given up after {run.failures} failures"

    def rows(self) -> Iterator[str]:
        """What an operator would be told by the rows alone, whose moments must be by one clock for
        that.
        """
        for violation in examine(Scope(database_now(), margin=timedelta(seconds=1))).violations:
            yield f"{violation.invariant}: {violation.job} {violation.run}: {violation.said}"

    def losses(self) -> Iterator[str]:
        """An attempt is lost to its worker's trouble or by its own doing, never for somebody
        else's.
        """
        began = {(body.run, body.attempt): body.began for body in self.ledger.bodies}
        for lost in LostAttempt.objects.select_related("run__job"):
            at, worker = (
                self.system.lost_at[lost.run_id.hex, lost.attempt],
                self.system.workers[lost.worker],
            )
            is_own = KINDS[lost.run.job.name].poison or lost.run_id.hex in self.system.was_locked
            since = began.get((lost.run_id.hex, lost.attempt), 0.0) - RECOVERING_SECONDS
            near = any(begin <= at and end >= since for begin, end in worker.disturbed)
            if not is_own and not near:
                yield (
                    f"{self.name(lost.run)} lost attempt {lost.attempt} on an undisturbed "
                    f"{lost.worker}"
                )


def _moments(run: Run, every: int) -> Iterator[float]:
    first = round(_seconds(run.scheduled_for))
    last = round(_seconds(run.skipped_until)) if run.skipped_count and run.skipped_until else first
    moments = list(range(first, last + 1, every))
    return iter(moments if len(moments) == max(1, run.skipped_count) else [])


def _seconds(moment: datetime) -> float:
    return (moment - EPOCH) / timedelta(seconds=1)


def end_of(body: Body) -> float:
    """Of one that was frozen until shortly before its end, the moment at which it was frozen."""
    asleep = [since for since, until in body.naps if since < body.ended <= until + AWAKE_SECONDS]
    if body.ended == FOREVER:
        asleep = [since for since, until in body.naps if until == FOREVER]
    return min(asleep) if asleep else body.ended
