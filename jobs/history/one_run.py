"""One run by itself: its attempts, its end, its losses, its retries, its lease."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

from jobs.history.rows import AttemptRow, Bounds, JobRow, LossRow, RunRow
from jobs.history.violation import Invariant, Violation

# What the last attempt of a run in this state may have ended in; other states say nothing of it.
LAST = {
    "succeeded": frozenset({"succeeded"}),
    "failed": frozenset({"failed", "lost"}),
    "timed_out": frozenset({"timed_out"}),
    "cancelled": frozenset({"cancelled", "failed", "timed_out", "lost", "released"}),
}


@dataclass(frozen=True)
class RunHistory:
    """A run with its attempts in their order, its losses, and its job."""

    run: RunRow
    attempts: Sequence[AttemptRow]
    losses: Sequence[LossRow]
    job: JobRow
    bounds: Bounds

    def violations(self) -> Iterator[Violation]:
        yield from self._success()
        yield from self._numbers()
        yield from self._intervals()
        yield from self._end()
        yield from self._losses()
        yield from self._retries()
        yield from self._lease()
        yield from self._cause()

    def _broken(
        self, invariant: Invariant, said: str, *attempts: AttemptRow, at: datetime | None = None
    ) -> Violation:
        moment = at or (
            attempts[-1].started if attempts else self.run.finished_at or self.run.scheduled_for
        )
        rows = (f"run {self.run.id}", *(f"attempt {attempt.id}" for attempt in attempts))
        return Violation(invariant, self.job.name, self.run.id, moment, said, rows)

    def _success(self) -> Iterator[Violation]:
        well = [attempt for attempt in self.attempts if attempt.outcome == "succeeded"]
        if len(well) > 1:
            yield self._broken(Invariant.SUCCESS, f"{len(well)} of its attempts succeeded", *well)

    def _numbers(self) -> Iterator[Violation]:
        numbers = [attempt.number for attempt in self.attempts]
        if numbers != list(range(1, self.run.attempts + 1)):
            found = ", ".join(map(str, numbers[:20])) or "none"
            said = f"it counts {self.run.attempts} attempts, and these are recorded: {found}"
            yield self._broken(Invariant.ATTEMPTS, said, *self.attempts[:20])

    def _intervals(self) -> Iterator[Violation]:
        for earlier, later in pairwise(self.attempts):
            if earlier.is_taken_away or self.bounds.is_doubtful(earlier.started, later.started):
                continue
            if earlier.ended is None or earlier.ended > later.started:
                over = (
                    "has not ended"
                    if earlier.ended is None
                    else f"ended at {earlier.ended:%H:%M:%S.%f}"
                )
                said = (
                    f"attempt {earlier.number} {over}, and attempt {later.number} began before that"
                )
                yield self._broken(Invariant.ATTEMPTS, said, earlier, later)

    def _end(self) -> Iterator[Violation]:
        run = self.run
        if run.is_final and run.finished_at is None:
            yield self._broken(Invariant.END, f"it is {run.state} and has no end")
        if not run.is_final and run.finished_at is not None:
            yield self._broken(Invariant.END, f"it is {run.state} and has ended")
        if run.is_final:
            yield from self._last_attempt()
        elif done := [attempt for attempt in self.attempts if attempt.outcome == "succeeded"]:
            yield self._broken(Invariant.END, f"an attempt succeeded, and it is {run.state}", *done)

    def _last_attempt(self) -> Iterator[Violation]:
        state = self.run.state
        for attempt in self.attempts:
            if not attempt.outcome:
                yield self._broken(
                    Invariant.END,
                    f"it is {state}, and attempt {attempt.number} is still open",
                    attempt,
                )
            elif attempt.outcome == "succeeded" and state != "succeeded":
                yield self._broken(
                    Invariant.END, f"attempt {attempt.number} succeeded, and it is {state}", attempt
                )
        last = self.attempts[-1] if self.attempts else None
        if last is None and not self.run.attempts and state in {"succeeded", "timed_out"}:
            yield self._broken(Invariant.END, f"it is {state} and has never begun")
        elif (
            last
            and last.outcome not in {"", "succeeded"}
            and last.outcome not in LAST.get(state, {last.outcome})
        ):
            yield self._broken(
                Invariant.END, f"it is {state}, and its last attempt {last.outcome}", last
            )

    def _losses(self) -> Iterator[Violation]:
        lost = {attempt.number: attempt for attempt in self.attempts if attempt.outcome == "lost"}
        if len(lost) != self.run.losses:
            said = (
                f"it counts {self.run.losses} losses, and {len(lost)} of its attempts are "
                "recorded as lost"
            )
            yield self._broken(Invariant.LOSSES, said, *lost.values())
        noted = [loss.attempt for loss in self.losses]
        if self.run.losses_by_cause != len(noted):  # runs from before causes were kept have neither
            said = (
                f"it counts {self.run.losses_by_cause} losses with a cause, and "
                f"{len(noted)} are recorded"
            )
            yield self._broken(Invariant.LOSSES, said)
        if wrong := sorted(
            number for number in set(noted) if number not in lost or noted.count(number) > 1
        ):
            said = (
                "a loss is recorded of attempts that were not lost, or twice: "
                f"{', '.join(map(str, wrong))}"
            )
            yield self._broken(Invariant.LOSSES, said, at=max(loss.lost_at for loss in self.losses))

    def _retries(self) -> Iterator[Violation]:
        most, since = self.job.max_retries, self.job.unchanged_since
        if most is None or (since and self.run.created_at < since):
            return
        if self.run.failures > most + 1:
            said = f"it failed {self.run.failures} times, and its job allows {most} retries"
            yield self._broken(Invariant.RETRIES, said, *self.attempts)

    def _lease(self) -> Iterator[Violation]:
        run, bounds = self.run, self.bounds
        if run.state != "running":
            return
        if run.lease_expires_at is None:
            yield self._broken(Invariant.LEASE, "it is running without a lease")
        elif (
            bounds.leaseless_after is not None
            and run.lease_expires_at < bounds.now - bounds.leaseless_after
        ):
            said = (
                f"it is running, and its lease ran out at {run.lease_expires_at:%Y-%m-%d %H:%M:%S}"
            )
            yield self._broken(Invariant.LEASE, said, *self.attempts[-1:], at=run.lease_expires_at)

    def _cause(self) -> Iterator[Violation]:
        if self.run.is_dead_letter and not self.run.has_cause:
            yield self._broken(
                Invariant.CAUSE,
                f"it is {self.run.state}, and nothing says why",
                *self.attempts[-1:],
            )
