"""The figures of the list of jobs, of a job's page and its history."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, timedelta

from tests.browser.figures.registry import Expected, figure
from tests.browser.figures.words import ages, clock, duration, is_near, nearest_rank
from tests.browser.figures.world import BAD, OVER, Row, Shown, World, took, waited, word

BARS = 60
LATE_MS = 60_000


def measured(runs: list[Row]) -> list[float]:
    """How long those took that had started; one cancelled while it waited for a retry has the start
    of before.
    """
    return [ms for run in runs if (ms := took(run)) is not None and (waited(run) or 0) >= 0]


@figure("jobs-count")
def jobs_count(shown: Shown, world: World) -> Expected:
    return f"{sum(not job['archived_at'] for job in world.job):,}"


@figure("strip-run")
def strip_run(shown: Shown, world: World) -> Expected:
    run = world.by_id[shown.id]
    ms = took(run)
    lasted = "never started" if ms is None else duration(ms)
    return {
        f"{word(run)}, {lasted}, {age}" for age in ages(run["finished_at"], shown.now, slack=15)
    }


@figure("success-rate")
def success_rate(shown: Shown, world: World) -> Expected:
    ended = [run["state"] for run in world.last_ended(shown.id)]
    good, bad = ended.count("succeeded"), sum(state in BAD for state in ended)
    return f"{100 * good // (good + bad)} %" if good + bad else "—"


@figure("usual-pair")
def usual_pair(shown: Shown, world: World) -> Expected:
    return " / ".join(duration(nearest_rank(world.usual(shown.id), share)) for share in (0.5, 0.95))


@figure("bars-p50", "bars-p95")
def bars_percentile(shown: Shown, world: World) -> Expected:
    over = [ms for run in world.runs_of(shown.subject)[:BARS] if (ms := took(run)) is not None]
    return duration(nearest_rank(over, {"bars-p50": 0.5, "bars-p95": 0.95}[shown.name]))


@figure("bars-longest")
def bars_longest(shown: Shown, world: World) -> Expected:
    """What the height stands for: the longest, unless that is more than four times the p95; a
    running one grows.
    """
    runs = world.runs_of(shown.subject)[:BARS]
    over = [ms for run in runs if (ms := took(run)) is not None]
    p95 = nearest_rank(over, 0.95) if over else 0.0
    found = set()
    for late in range(15):
        going = [
            (shown.now - timedelta(seconds=late) - run["started_at"]).total_seconds() * 1_000
            for run in runs
            if run["state"] == "running"
        ]
        longest = max([*over, *going], default=0.0)
        found.add(duration(max(min(longest, 4 * p95 if p95 else longest), p95)))
    return (
        found
        if not any(run["state"] == "running" for run in runs) or max(over, default=0) > 60_000
        else True
    )


@figure("bar")
def bar(shown: Shown, world: World) -> Expected:
    run = world.by_id[shown.id]
    ms = took(run)
    if run["state"] == "skipped":
        end = f", {run['reason']}"
    elif ms is not None:
        end = f", {duration(ms)}"
    else:
        end = "" if run["state"] == "running" else ", not started"
    return shown.text.startswith(f"{word(run)}, ") and end in shown.text


def window(world: World, job: str, first: int, last: int) -> list[Row]:
    """The runs that ended from ``first`` to ``last`` days of UTC ago."""
    today = world.now.astimezone(UTC).date()
    days = {today - timedelta(days=back) for back in range(last, first + 1)}
    return [
        run
        for run in world.runs_of(job)
        if run["state"] in OVER and run["finished_at"].date() in days
    ]


@figure("stat")
def stat(shown: Shown, world: World) -> Expected:
    runs = window(world, shown.subject, 29, 0)
    good, bad = (sum(run["state"] in states for run in runs) for states in (("succeeded",), BAD))
    waits = [ms for run in runs if (ms := waited(run)) is not None and ms >= 0]
    compute: dict[str, Callable[[], Expected]] = {
        "Success": lambda: f"{100 * good / (good + bad):.1f} %" if good + bad else "—",
        "p50": lambda: is_near(shown.text, measured(runs), 0.5) if measured(runs) else "—",
        "p95": lambda: is_near(shown.text, measured(runs), 0.95) if measured(runs) else "—",
        "Mean wait": lambda: duration(sum(waits) / len(waits)) if waits else "—",
        "Late": lambda: f"{sum(ms > LATE_MS for ms in waits):,}",
        "Retries": lambda: f"{sum(max(0, run['attempt'] - 1) for run in runs):,}",
    }
    return compute[shown.of]()


@figure("stat-note")
def stat_note(shown: Shown, world: World) -> Expected:
    runs, before = window(world, shown.subject, 29, 0), window(world, shown.subject, 59, 30)
    if shown.of == "Success":
        return f"{sum(run['state'] in BAD for run in runs):,} failed"
    share = {"p50": 0.5, "p95": 0.95}[shown.of]
    now, earlier = nearest_rank(measured(runs), share), nearest_rank(measured(before), share)
    told = int(shown.text.partition(" %")[0])
    assert shown.text.endswith(" % vs. the previous 30 days")
    # Both are within a tenth of what was measured.
    return (
        100 * (now * 0.9 / (earlier * 1.1) - 1) - 1
        <= told
        <= 100 * (now * 1.1 / (earlier * 0.9) - 1) + 1
    )


def of_day(shown: Shown, world: World) -> list[Row]:
    day = date.fromisoformat(shown.of)
    return [
        r
        for r in world.runs_of(shown.subject)
        if r["state"] in OVER and r["finished_at"].date() == day
    ]


def counts(runs: list[Row]) -> dict[str, int]:
    """A day's row of the table."""
    kinds = {
        "ok": ("succeeded",),
        "failed": BAD,
        "skipped": ("skipped",),
        "cancelled": ("cancelled",),
    }
    found = {kind: sum(run["state"] in states for run in runs) for kind, states in kinds.items()}
    late = sum((waited(run) or 0) > LATE_MS for run in runs)
    return found | {"late": late, "retries": sum(max(0, run["attempt"] - 1) for run in runs)}


@figure("day-ok", "day-failed", "day-skipped", "day-cancelled", "day-late", "day-retries")
def day_count(shown: Shown, world: World) -> Expected:
    return str(counts(of_day(shown, world))[shown.name.removeprefix("day-")])


@figure("day-took")
def day_took(shown: Shown, world: World) -> Expected:
    some = measured(of_day(shown, world))
    return is_near(shown.text, some, 0.5) if some else "—"


@figure("day")
def day(shown: Shown, world: World) -> Expected:
    runs = of_day(shown, world)
    name = f"{date.fromisoformat(shown.of):%a %d %b}: "
    if not runs:
        return f"{name}no run finished"
    found = counts(runs)
    more = "".join(
        f", {found[kind]:,} {kind}"
        for kind in ("failed", "skipped", "cancelled", "late")
        if found[kind]
    )
    told, _, p50 = shown.text.partition(", p50 ")
    is_right = is_near(p50, measured(runs), 0.5) if measured(runs) else not p50
    return is_right and told == f"{name}{found['ok']:,} succeeded{more}"


@figure("skip-count")
def skip_count(shown: Shown, world: World) -> Expected:
    return str(world.by_id[shown.id]["skipped_count"])


@figure("error-count")
def error_count(shown: Shown, world: World) -> Expected:
    run = world.by_id[shown.id]
    alike = world.dead(
        lambda r: r["job_id"] == run["job_id"] and r["fingerprint"] == run["fingerprint"]
    )
    return str(len(alike))


@figure("version")
def version(shown: Shown, world: World) -> Expected:
    kept = {str(row["version"]) for row in world.jobversion if str(row["job_id"]) == shown.subject}
    return kept | {str(world.by_id[shown.subject]["version"])}


@figure("in-the-way")
def in_the_way(shown: Shown, world: World) -> Expected:
    job = world.by_id[shown.subject]
    (run,) = (run for run in world.runs_of(job["id"]) if run["state"] == "running")
    since = clock(run["started_at"], shown.now, job["timezone"])
    assert job["overlap_policy"] == "skip"
    return f"A run has been running since {since}. A new run would be skipped."
