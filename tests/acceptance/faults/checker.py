"""The promises I1–I9, checked against three sources: the tasks' own journal, the database, and what
was to be expected.

What was to be expected is computed by the test from the times it chose itself, never by the
product. What the rows say by themselves (I9: attempts without gaps, ends, losses, retries) is for
the product's own check of a history to find.
"""

from __future__ import annotations

import itertools
import json
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any

from tests.acceptance.faults.journal import Entry
from tests.acceptance.faults.site import FaultSite
from tests.support.promises import broken_promises

Expected = Mapping[str, Sequence[datetime]]
ACTIVE = {"blocked", "queued", "running"}
FINAL = {"succeeded", "failed", "timed_out", "cancelled", "skipped"}
TAKEN_AWAY = {"lost", "released", "cancelled", "timed_out"}
FOREVER = float("inf")
SHOWN = 3
AWAKE_SECONDS = 2


@dataclass(frozen=True)
class Recorded:
    """One attempt as the database has it."""

    run: str
    attempt: int
    outcome: str
    done: float | None


class Checker:
    """One look at a site at rest.

    ``expected``: each job's due moments; ``triggered``: runs that people asked for.

    ``exclusive``: the jobs that may not overlap; ``pools``: the slots of each pool, whose jobs bear
    its name in front.
    """

    def __init__(
        self,
        site: FaultSite,
        expected: Expected,
        *,
        triggered: int = 0,
        exclusive: Collection[str] = (),
        pools: Mapping[str, int] | None = None,
    ) -> None:
        self.site, self.expected = site, expected
        self.triggered, self.exclusive, self.pools = triggered, set(exclusive), pools or {}
        self.runs = site.runs()
        self.entries = site.journals.entries()
        self.recorded = {(one.run, one.attempt): one for one in map(_recorded, site.attempts())}

    def assert_holds(self) -> None:
        """Raise an AssertionError that names each broken invariant and its first cases."""
        broken = {
            name: found for name, check in self.invariants.items() if (found := list(check()))
        }
        said = [
            f"{name}: {len(found)} × {'; '.join(found[:SHOWN])}" for name, found in broken.items()
        ]
        assert not broken, "\n".join(said)

    @property
    def invariants(self) -> dict[str, Any]:
        return {
            "I1 occurrences expected = runs, each once": self._occurrences,
            "I2 starts in the journal = attempts recorded": self._starts,
            "I3 attempts overlap only after a loss": self._attempt_overlaps,
            "I4 nothing leaves a final state": self._left_final,
            "I5 everything is final in time": self._not_final,
            "I6 exclusive jobs never overlap": self._job_overlaps,
            "I7 no published run without a message": self._without_message,
            "I8 pools are never over-full": self._over_full_pools,
            "I9 the rows by themselves keep the promises": self._recorded_history,
        }

    @property
    def lost(self) -> int:
        """Expected occurrences and triggers that no successful run and no recorded skip or cancel
        answers for.
        """
        wanted = sum(map(len, self.expected.values())) + self.triggered
        answered = [run for run in self.runs if run["state"] in {"succeeded", "cancelled"}]
        return (
            wanted
            - len(answered)
            - sum(run["skipped_count"] or 1 for run in self.runs if run["state"] == "skipped")
        )

    @cached_property
    def twice(self) -> int:
        """Runs whose body began again although the attempt before it was not taken away, or ended
        well twice.
        """
        starts = Counter((entry.run, entry.attempt) for entry in self.entries)
        finished = Counter(entry.run for entry in self.entries if entry.how == "returned")
        again = {run for (run, _), count in starts.items() if count > 1}
        return len(
            again
            | {run for run, count in finished.items() if count > 1 and not self._had_losses(run)}
        )

    def _had_losses(self, run: str) -> bool:
        return any(one.outcome in TAKEN_AWAY for one in self.recorded.values() if one.run == run)

    def _occurrences(self) -> Iterator[str]:
        scheduled = [run for run in self.runs if run["trigger"] == "schedule"]
        if (others := len(self.runs) - len(scheduled)) != self.triggered:
            yield f"{others} runs for {self.triggered} triggers"
        accounted: dict[str, Counter[datetime]] = defaultdict(Counter)
        for run in scheduled:
            accounted[run["job_name"]].update(self._moments_of(run))
        for job in sorted({*self.expected, *accounted}):
            wanted = Counter(self.expected.get(job, ()))
            yield from (
                f"{job} {moment} × {n} missing" for moment, n in (wanted - accounted[job]).items()
            )
            yield from (
                f"{job} {moment} × {n} too many" for moment, n in (accounted[job] - wanted).items()
            )

    def _moments_of(self, run: dict[str, Any]) -> list[datetime]:
        """The moments a run answers for; a counted skip for all that are expected in its range, if
        the count agrees.
        """
        if not run["skipped_count"]:
            return [run["scheduled_for"]]
        within = [
            moment
            for moment in self.expected.get(run["job_name"], ())
            if run["scheduled_for"] <= moment <= run["skipped_until"]
        ]
        return within if len(within) == run["skipped_count"] else []

    def _starts(self) -> Iterator[str]:
        starts = Counter((entry.run, entry.attempt) for entry in self.entries)
        yield from (f"{key} began {n} times" for key, n in starts.items() if n > 1)
        yield from (
            f"{key} began and is not recorded" for key in starts.keys() - self.recorded.keys()
        )
        for key, one in self.recorded.items():
            # A process may be gone between its claim and the first line of its task; then the loss
            # is recorded.
            if key not in starts and one.outcome not in TAKEN_AWAY:
                yield f"{key} is recorded as {one.outcome or 'begun'} and never began"
        yield from self._false_successes()

    def _false_successes(self) -> Iterator[str]:
        for entry in self.entries:
            one = self.recorded.get((entry.run, entry.attempt))
            if one and one.outcome == "succeeded" and entry.how != "returned":
                yield (
                    f"{entry.run} attempt {entry.attempt} is recorded as succeeded and never "
                    "returned"
                )

    def _attempt_overlaps(self) -> Iterator[str]:
        by_run: dict[str, list[Entry]] = defaultdict(list)
        for entry in self.entries:
            by_run[entry.run].append(entry)
        for run, entries in by_run.items():
            entries.sort(key=lambda entry: entry.attempt)
            for earlier, later in itertools.pairwise(entries):
                if (earlier.ended or FOREVER) > later.started and not self._was_taken_away(earlier):
                    yield f"run {run}: attempts {earlier.attempt} and {later.attempt}"

    def _was_taken_away(self, entry: Entry) -> bool:
        one = self.recorded.get((entry.run, entry.attempt))
        return one is not None and one.outcome in TAKEN_AWAY

    def _left_final(self) -> Iterator[str]:
        for move in self.site.moves():
            if move["was"] in FINAL:
                yield f"run {move['run']}: {move['was']} became {move['became']}"

    def _not_final(self) -> Iterator[str]:
        yield from (
            f"{run['job_name']} {run['id']} is {run['state']}"
            for run in self.runs
            if run["state"] in ACTIVE
        )

    def _job_overlaps(self) -> Iterator[str]:
        by_job: dict[str, list[Entry]] = defaultdict(list)
        for entry in self.entries:
            if entry.job in self.exclusive:
                by_job[entry.job].append(entry)
        for job, entries in by_job.items():
            entries.sort(key=lambda entry: entry.started)
            for earlier, later in itertools.pairwise(entries):
                if (over := self._end_of(earlier) - later.started) > 0:
                    yield f"{job}: {self._told(earlier)} and {self._told(later)}, for {over:.2f} s"

    def _told(self, entry: Entry) -> str:
        one = self.recorded.get((entry.run, entry.attempt))
        begun, outcome = (
            datetime.fromtimestamp(entry.started, UTC).time(),
            one.outcome if one else "unknown",
        )
        return f"{entry.run} attempt {entry.attempt} ({begun}, {outcome}, {entry.how or 'cut'})"

    def _end_of(self, entry: Entry) -> float:
        """When the body was over: as it wrote itself, or, where it was killed, when its end was
        recorded.

        One that was frozen until its run was another's did nothing meanwhile: what counts is the
        moment it was frozen, unless it went on for longer than a moment when it woke.
        """
        one = self.recorded.get((entry.run, entry.attempt))
        taken_away = one is not None and one.outcome in TAKEN_AWAY
        end = entry.ended or (one.done if one and taken_away else None) or FOREVER
        asleep = [
            nap
            for nap in self.site.naps
            if entry.pid in nap.pids and nap.since < end <= nap.until + AWAKE_SECONDS
        ]
        return min(nap.since for nap in asleep) if asleep and taken_away else end

    def _over_full_pools(self) -> Iterator[str]:
        for pool, slots in self.pools.items():
            bodies = [entry for entry in self.entries if entry.job.startswith(f"{pool}-")]
            for last in bodies:
                at_work = [one for one in bodies if one.started <= last.started < self._freed(one)]
                if len(at_work) > slots:
                    yield (
                        f"{pool}: {len(at_work)} of {slots}, {', '.join(map(self._told, at_work))}"
                    )

    def _freed(self, entry: Entry) -> float:
        """When the body was over or, if that was earlier, its run was taken away: its slot is
        another's then.
        """
        one = self.recorded.get((entry.run, entry.attempt))
        taken = one.done if one and one.outcome in TAKEN_AWAY else None
        return min(entry.ended or FOREVER, taken or FOREVER)

    def _without_message(self) -> Iterator[str]:
        old = datetime.now(UTC) - timedelta(seconds=2 * self.site.tuning["reconcile_seconds"] + 1)
        waiting = [run for run in self.runs if run["state"] == "queued" and run["published_at"]]
        present = self.site.messages() if waiting else set()
        for run in waiting:
            if run["published_at"] < old and f"{run['id']}.{run['publish_count']}" not in present:
                yield f"{run['job_name']} {run['id']} published at {run['published_at']}"

    def _recorded_history(self) -> list[str]:
        return broken_promises(self.site.python, margin_seconds=0)


def _recorded(row: dict[str, Any]) -> Recorded:
    meta = json.loads(row["meta"]) if isinstance(row["meta"], str) else row["meta"] or {}
    done = row["date_done"].timestamp() if row["date_done"] else None
    return Recorded(
        str(row["task_id"]).partition(".")[0],
        int(meta["attempt"]),
        str(meta.get("outcome", "")),
        done,
    )
