"""Why a run is not running now: by its state, each reason a small function."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from jobs.models import Run, RunState
from jobs.moments import iso, stamp
from jobs.queries.why.answer import Reason
from jobs.queries.why.line import in_line
from jobs.queries.why.site import Site


def reasons_of(run: Run, site: Site) -> Iterator[Reason]:
    """The reasons of one run, most decisive first, at least one.

    Three queries about the site and one more; three more where the run draws on a pool.
    """
    if RunState(run.state).is_final:
        yield _over(run)
        return
    if run.cancel_requested_at:
        yield _cancel_requested(run)
    if run.state == RunState.RUNNING:
        yield from _running(run, site)
    elif run.state == RunState.BLOCKED:
        yield _blocked(run)
    else:
        yield from _queued(run, site)


def _over(run: Run) -> Reason:
    state = RunState(run.state)
    ended = stamp(run.finished_at) if run.finished_at else "an unknown moment"
    told = run.reason or run.error
    if state == RunState.SKIPPED:
        sentence = f"{_skipped(run)}: {told}"
    else:
        times = f", attempt {run.attempt}" if run.attempt > 1 else ""
        sentence = (
            f"It has finished: {state.label.lower()} at "
            f"{ended}{times}{f': {told}' if told else '.'}"
        )
    facts: dict[str, Any] = {
        "state": run.state,
        "reason": run.reason,
        "error": run.error,
        "attempt": run.attempt,
    }
    return Reason(
        run.state,
        sentence,
        since=run.finished_at,
        facts=facts | {"dead_letter": run.is_dead_letter},
    )


def _skipped(run: Run) -> str:
    if run.skipped_count > 1 and run.skipped_until:
        span = f"from {stamp(run.scheduled_for)} to {stamp(run.skipped_until)}"
        return f"{run.skipped_count:,} occurrences {span} were skipped"
    return f"The occurrence at {stamp(run.scheduled_for)} was skipped"


def _cancel_requested(run: Run) -> Reason:
    asked = run.cancel_requested_at
    sentence = (
        f"Its cancellation was requested{f' at {stamp(asked)}' if asked else ''}; it "
        "will be cancelled soon."
    )
    return Reason("cancel_requested", sentence, since=asked)


def _running(run: Run, site: Site) -> Iterator[Reason]:
    if run.lease_expires_at and run.lease_expires_at < site.now:
        sentence = (
            f"Its worker {run.worker} has not renewed its lease since "
            f"{stamp(run.lease_expires_at)}; it "
        )
        yield Reason(
            "worker_lost", f"{sentence}will be recovered soon.", since=run.lease_expires_at
        )
    since = f" since {stamp(run.started_at)}" if run.started_at else ""
    facts = {"worker": run.worker, "attempt": run.attempt, "progress": run.progress}
    sentence = (
        f"It {'has been' if since else 'is'} running on {run.worker}{since}, attempt {run.attempt}."
    )
    yield Reason("running", sentence, since=run.started_at, until=run.deadline_at, facts=facts)


def _blocked(run: Run) -> Reason:
    if run.backfill_id:
        sentence = (
            "It is waiting for its turn in its backfill, which limits how many runs are active."
        )
        return Reason(
            "backfill", sentence, since=run.created_at, facts={"backfill": str(run.backfill_id)}
        )
    # At most one row, found in the index that keeps exclusive runs alone.
    earlier = Run.objects.filter(
        job=run.job_id, exclusive=True, state__in=[RunState.QUEUED, RunState.RUNNING]
    )
    other = earlier.values_list("pk", "state", "scheduled_for").first()
    if other is None:
        return Reason(
            "overlap",
            "The run that it waited for has finished; it will be queued within seconds.",
            since=run.created_at,
        )
    sentence = (
        f"It is waiting for the run of {stamp(other[2])}, which is {other[1]}; runs of "
        "this job do not overlap."
    )
    return Reason(
        "overlap",
        sentence,
        since=run.created_at,
        facts={"waits_for": str(other[0]), "state": other[1]},
    )


def _queued(run: Run, site: Site) -> Iterator[Reason]:
    yield from _waiting(run, site)
    if run.attempt and run.losses and run.reason:
        sentence = f"Attempt {run.attempt} was lost: {run.reason}."
        facts = {
            name: getattr(run, name)
            for name in ("losses", "child_losses", "worker_losses", "lease_losses")
        }
        yield Reason("attempt_lost", sentence, facts={"attempt": run.attempt} | facts)


def _waiting(run: Run, site: Site) -> Iterator[Reason]:
    """None of these says that the run is about to start while another says that it cannot."""
    obstacles = list(site.obstacles(run.task))
    yield from obstacles
    if run.published_at:
        if site.fleet.consumers(run.queue):
            yield _published(run, site)
        return
    silent = site.no_scheduler()
    if silent and run.available_at <= site.now:
        yield silent
    if run.cancel_requested_at:
        return
    if run.available_at > site.now:
        yield _delayed(run)
    else:
        yield from in_line(run, site.now, is_held=bool(obstacles or silent))
    if silent and run.available_at > site.now:
        yield silent


def _delayed(run: Run) -> Reason:
    until = stamp(run.available_at)
    if run.is_retrying:
        sentence = f"It is waiting for its retry after attempt {run.attempt}, due at {until}."
        facts = {"attempt": run.attempt, "failures": run.failures, "error": run.error}
        return Reason("retrying", sentence, until=run.available_at, facts=facts)
    sentence = f"It starts at {until}; it is scheduled for {stamp(run.scheduled_for)}."
    return Reason(
        "delayed", sentence, until=run.available_at, facts={"scheduled_for": iso(run.scheduled_for)}
    )


def _published(run: Run, site: Site) -> Reason:
    consumers = site.fleet.consumers(run.queue)
    slots, busy = sum(w.concurrency for w in consumers), sum(w.busy for w in consumers)
    since = f" since {stamp(run.published_at)}" if run.published_at else ""
    waits = "has been waiting" if since else "is waiting"
    sentence = (
        f"It {waits} for a worker of the queue {run.queue}{since}: {busy} of {slots} "
        "slots are busy."
    )
    facts = {"workers": len(consumers), "slots": slots, "busy": busy}
    return Reason("waiting_for_worker", sentence, since=run.published_at, facts=facts)
