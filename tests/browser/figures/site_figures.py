"""The figures of the first page, of queues, pools, workers and bulk operations, and of the
header.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from tests.browser.figures.registry import Expected, figure
from tests.browser.figures.words import duration, is_near, nearest_rank, read
from tests.browser.figures.world import BAD, Row, Shown, World, occurrences, waited

STEP = timedelta(minutes=15)
STEPS = 96


def plural(count: int, thing: str) -> str:
    return f"{count:,} {thing}{'' if count == 1 else 's'}"


def midnight(world: World) -> datetime:
    return world.now.replace(hour=0, minute=0, second=0, microsecond=0)


def ended_since(world: World, since: datetime, *states: str) -> int:
    return sum(
        r["state"] in states and r["finished_at"] >= since for r in world.run if r["finished_at"]
    )


@figure("tile")
def tile(shown: Shown, world: World) -> Expected:
    active = [job for job in world.job if job["enabled"] and not job["archived_at"]]
    failing = [job for job in active if world.failures_in_a_row(job["id"])]
    late = {str(a["job_id"]) for a in world.alert if a["kind"] == "late" and a["closed_at"] is None}
    counts = {
        "running": sum(run["state"] == "running" for run in world.run),
        "queued": sum(run["state"] == "queued" for run in world.run),
        "failing": len(failing),
        "late": sum(str(job["id"]) in late and job not in failing for job in active),
        "dead": len(world.dead()),
        "today": ended_since(world, midnight(world), "succeeded"),
    }
    return f"{counts[shown.of]:,}"


@figure("tile-note")
def tile_note(shown: Shown, world: World) -> Expected:
    assert shown.of == "today"
    good, bad = (
        ended_since(world, midnight(world), "succeeded"),
        ended_since(world, midnight(world), *BAD),
    )
    return f"{bad:,} failed · {good / (good + bad):.1%}" if good + bad else f"{bad:,} failed"


def steps(world: World) -> dict[datetime, list[Row]]:
    """The runs that ended within each quarter of an hour of the last day."""
    if "steps" not in world.worked_out:
        world.worked_out["steps"] = _steps(world)
    known: dict[datetime, list[Row]] = world.worked_out["steps"]
    return known


def _steps(world: World) -> dict[datetime, list[Row]]:
    last = world.now - (world.now - midnight(world)) % STEP
    found: dict[datetime, list[Row]] = {last - STEP * back: [] for back in range(STEPS)}
    for run in world.run:
        if run["finished_at"]:
            start = (
                run["finished_at"] - (run["finished_at"] - datetime(1970, 1, 1, tzinfo=UTC)) % STEP
            )
            found.get(start, []).append(run)
    return found


def by_kind(runs: Sequence[Row]) -> dict[str, int]:
    """Ok, failed and skipped, as the chart tells them."""
    kinds = {"ok": ("succeeded",), "failed": BAD, "skipped": ("skipped",)}
    return {kind: sum(run["state"] in states for run in runs) for kind, states in kinds.items()}


def waits(runs: Sequence[Row]) -> list[float]:
    return [ms for run in runs if (ms := waited(run)) is not None and ms >= 0]


@figure("throughput-sum")
def throughput_sum(shown: Shown, world: World) -> Expected:
    return f"{by_kind([run for runs in steps(world).values() for run in runs])[shown.of]:,}"


@figure("throughput-most")
def throughput_most(shown: Shown, world: World) -> Expected:
    return f"{max(1, *(sum(by_kind(runs).values()) for runs in steps(world).values())):,}"


@figure("throughput-longest")
def throughput_longest(shown: Shown, world: World) -> Expected:
    found, slack = read(shown.text)
    measured = max(
        nearest_rank(some, 0.95) for runs in steps(world).values() if (some := waits(runs))
    )
    return abs(found - measured) <= 0.1 * measured + slack + 1


@figure("throughput-ok", "throughput-failed", "throughput-skipped")
def throughput_cell(shown: Shown, world: World) -> Expected:
    return str(
        by_kind(steps(world)[datetime.fromisoformat(shown.of)])[
            shown.name.removeprefix("throughput-")
        ]
    )


@figure("throughput-wait")
def throughput_wait(shown: Shown, world: World) -> Expected:
    some = waits(steps(world)[datetime.fromisoformat(shown.of)])
    return is_near(shown.text, some, 0.95) if some else "—"


@figure("throughput-step")
def throughput_step(shown: Shown, world: World) -> Expected:
    runs = steps(world)[datetime.fromisoformat(shown.of)]
    counts, (told, wait) = by_kind(runs), shown.text.split(", p95 wait ")
    is_right = is_near(wait, some, 0.95) if (some := waits(runs)) else wait == "—"
    return is_right and told.endswith(
        f": {counts['ok']} ok, {counts['failed']} failed, {counts['skipped']} skipped"
    )


def due(world: World, start: datetime) -> dict[str, list[datetime]]:
    """The moments of the hour after ``start``, by the job that is due."""
    if start not in world.worked_out:
        world.worked_out[start] = _due(world, start)
    known: dict[str, list[datetime]] = world.worked_out[start]
    return known


def _due(world: World, start: datetime) -> dict[str, list[datetime]]:
    states = {str(state["job_id"]): state for state in world.jobstate}
    found = {str(job["id"]): occurrences(job, states[str(job["id"])], start) for job in world.job}
    return {job: moments for job, moments in found.items() if moments}


def moments_of_making(shown: Shown) -> list[datetime]:
    """When the page may have been made: it was read a moment later."""
    return [shown.now - timedelta(seconds=late) for late in range(15)]


@figure("next-total")
def next_total(shown: Shown, world: World) -> Expected:
    hours = [due(world, start) for start in moments_of_making(shown)]
    return {
        f"{plural(sum(map(len, hour.values())), 'run')} of {plural(len(hour), 'job')}"
        for hour in hours
    }


@figure("next-times")
def next_times(shown: Shown, world: World) -> Expected:
    return {str(len(due(world, start)[shown.id])) for start in moments_of_making(shown)}


@figure("next-minute")
def next_minute(shown: Shown, world: World) -> Expected:
    minute = int(shown.of)
    found = set()
    for start in moments_of_making(shown):
        moments = [moment for some in due(world, start).values() for moment in some]
        number = sum(int((moment - start).total_seconds() // 60) == minute for moment in moments)
        found.add(f"in {minute} min: {number:,} due")
    return found


@figure("queue-waiting")
def queue_waiting(shown: Shown, world: World) -> Expected:
    name = shown.row.removeprefix("queue-")
    return str(sum(run["state"] == "queued" and run["queue"] == name for run in world.run))


@figure("queue-consumers")
def queue_consumers(shown: Shown, world: World) -> Expected:
    return str(
        sum(shown.row.removeprefix("queue-") in worker["queues"] for worker in world.live_workers())
    )


@figure("workers")
def workers(shown: Shown, world: World) -> Expected:
    live, stale = world.live_workers(), len(world.worker) - len(world.live_workers())
    busy, slots = (sum(worker[name] for worker in live) for name in ("busy", "concurrency"))
    return f"{len(live)} up{f', {stale} stale' if stale else ''} · busy {busy}/{slots}"


@figure("worker-busy")
def worker_busy(shown: Shown, world: World) -> Expected:
    (worker,) = (row for row in world.worker if row["name"] == shown.row.removeprefix("worker-"))
    return f"{worker['busy']}/{worker['concurrency']} busy"


@figure("header-workers")
def header_workers(shown: Shown, world: World) -> Expected:
    return str(len(world.live_workers()))


@figure("header-stale")
def header_stale(shown: Shown, world: World) -> Expected:
    return f"· {len(world.worker) - len(world.live_workers())} stale"


@figure("scheduler")
def scheduler(shown: Shown, world: World) -> Expected:
    """The leader's lease lies an hour ahead, so it has just been renewed; what is due and not
    planned is the lag.
    """
    first = min((s["next_run_at"] for s in world.jobstate if s["next_run_at"]), default=world.now)
    if first >= world.now - timedelta(seconds=1):
        return "tick < 5 s · lag < 1 s"
    lag = (world.now - first).total_seconds()
    found, slack = read(shown.text.partition(" · lag ")[2].removeprefix("< "))
    return shown.text.startswith("tick < 5 s") and abs(found / 1_000 - lag) <= slack / 1_000 + 30


@figure("pool-gauge", "pool-unlimited")
def pool_gauge(shown: Shown, world: World) -> Expected:
    name = shown.row.removeprefix("pool-")
    (pool,) = (row for row in world.pool if row["name"] == name)
    drawing = [r for r in world.run if r["pool"] == name and is_drawing(r)]
    used = {"slots": len(drawing)} | {
        kind: sum(r[kind] for r in drawing) for kind in ("cpu", "memory", "storage")
    }
    if shown.name == "pool-unlimited":
        return f"{used['slots']:,} slots, no limit"
    return {f"{used[kind]:,} of {pool[kind]:,} {kind}" for kind in used if pool[kind] is not None}


def is_drawing(run: Row) -> bool:
    return bool(run["state"] == "running" or (run["state"] == "queued" and run["published_at"]))


@figure("pool-waiting")
def pool_waiting(shown: Shown, world: World) -> Expected:
    own = [
        run
        for run in world.run
        if run["pool"] == shown.row.removeprefix("pool-") and run["state"] == "queued"
    ]
    return str(sum(run["published_at"] is None and run["available_at"] <= world.now for run in own))


@figure("pool-jobs")
def pool_jobs(shown: Shown, world: World) -> Expected:
    return str(
        sum(
            job["pool"] == shown.row.removeprefix("pool-") and not job["archived_at"]
            for job in world.job
        )
    )


@figure("bulk-percent")
def bulk_percent(shown: Shown, world: World) -> Expected:
    row = world.by_id[shown.id]
    seen = row["done"] + row["failed"] + row["skipped"]
    return f"{100 if row['state'] == 'done' else min(99, 100 * seen // (row['total'] or 1))} %"


@figure("bulk-seen")
def bulk_seen(shown: Shown, world: World) -> Expected:
    row = world.by_id[shown.id]
    return f"{row['done'] + row['failed'] + row['skipped']:,} of {row['total']:,}"


@figure("bulk-done", "bulk-failed", "bulk-skipped")
def bulk_count(shown: Shown, world: World) -> Expected:
    return f"{world.by_id[shown.id][shown.name.removeprefix('bulk-')]:,}"


@figure("usual")
def usual(shown: Shown, world: World) -> Expected:
    return duration(nearest_rank(world.usual(world.by_id[shown.id]["job_id"]), 0.5))
