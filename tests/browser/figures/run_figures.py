"""The figures of lists of runs, of a run's page and of dead letters; and the facts of runs, jobs
and operations.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timedelta

from tests.browser.figures.registry import Expected, figure
from tests.browser.figures.words import MS, age, ages, duration, nearest_rank
from tests.browser.figures.world import Row, Shown, World, took, word


def elapsed(start: datetime, shown: Shown) -> set[str]:
    """What goes on is counted by the browser to the second; the page is read within a few."""
    return {age(max(0.0, (shown.now - start).total_seconds() + late)) for late in range(-15, 3)}


@figure("run-took")
def run_took(shown: Shown, world: World) -> Expected:
    run = world.by_id[shown.id]
    if run["state"] == "running":
        return elapsed(run["started_at"], shown)
    ms = took(run)
    return "—" if ms is None else duration((run["finished_at"] - run["started_at"]) / MS)


@figure("run-attempts")
def run_attempts(shown: Shown, world: World) -> Expected:
    return str(world.by_id[shown.id]["attempt"])


@figure("dead-count")
def dead_count(shown: Shown, world: World) -> Expected:
    return f"{len(world.dead(lambda run: (run['fingerprint'] or 'none') == shown.id)):,}"


@figure("same-error")
def same_error(shown: Shown, world: World) -> Expected:
    run = world.by_id[shown.subject]
    return f"{len(world.dead(lambda other: other['fingerprint'] == run['fingerprint'])):,} runs"


def usual_ms(run: Row, world: World) -> float | None:
    known = world.usual(run["job_id"])
    return nearest_rank(known, 0.5) if known else None


def reported(run: Row) -> int | None:
    progress = run["progress"]
    return 100 * progress["current"] // progress["total"] if progress else None


@figure("share")
def share(shown: Shown, world: World) -> Expected:
    run = world.by_id[shown.subject]
    if (said := reported(run)) is not None:
        return f"{said} %"
    usual, past = usual_ms(run, world), (shown.now - run["started_at"]) / MS
    if not usual:
        return ""
    first, last = (int(100 * max(0.0, past + late) / usual) for late in (-15_000, 2_000))
    return {f"{share} %" for share in range(first, min(last, 99) + 1)} | (
        {""} if last > 99 else set()
    )


@figure("outlook")
def outlook(shown: Shown, world: World) -> Expected:
    run, found = world.by_id[shown.subject], set()
    said, usual = reported(run), usual_ms(run, world)
    for tenths in range(-150, 21):
        past = (shown.now - run["started_at"]).total_seconds() + tenths / 10
        if said:
            left = past * (100 - said) / said
        else:
            left = usual / 1_000 - past if usual else 0.0
        found.add(f"· about {age(left)} left" if left >= 1 else "")
        found.add(f"· {age(-left)} longer than usual" if left <= -1 else "")
    return found


@figure("steps")
def steps(shown: Shown, world: World) -> Expected:
    return "{current:,} of {total:,}".format(**world.by_id[shown.subject]["progress"])


@figure("step")
def step(shown: Shown, world: World) -> Expected:
    run = world.by_id[shown.subject]
    if shown.of == "Started":
        return (
            f"{duration(max(0.0, (run['started_at'] - run['scheduled_for']) / MS))} after "
            "it was due"
        )
    assert shown.of == "Finished"
    return f"took {duration((run['finished_at'] - run['started_at']) / MS)}"


def attempts(shown: Shown, world: World) -> list[Row]:
    own = [row for row in world.attempts if str(row["task_id"]).startswith(f"{shown.subject}.")]
    return sorted(own, key=lambda row: str(row["task_id"]))


def meta(attempt: Row) -> Row:
    found: Row = (
        attempt["meta"] if isinstance(attempt["meta"], dict) else json.loads(attempt["meta"])
    )
    return found


@figure("attempt-number")
def attempt_number(shown: Shown, world: World) -> Expected:
    return {str(meta(attempt)["attempt"]) for attempt in attempts(shown, world)} & {
        shown.row.partition("-")[2]
    }


@figure("attempt-took")
def attempt_took(shown: Shown, world: World) -> Expected:
    (one,) = (
        a for a in attempts(shown, world) if str(meta(a)["attempt"]) == shown.row.partition("-")[2]
    )
    if meta(one).get("outcome") is None:
        return elapsed(world.by_id[shown.subject]["started_at"], shown)
    return duration((one["date_done"] - one["date_started"]) / MS)


@figure("timeline")
def timeline(shown: Shown, world: World) -> Expected:
    run, own = world.by_id[shown.subject], attempts(shown, world)
    start = min(max(run["scheduled_for"], run["created_at"]), own[0]["date_started"])
    count = "one attempt" if len(own) == 1 else f"{len(own)} attempts"
    ends = (
        [run["finished_at"]]
        if run["finished_at"]
        else [shown.now - timedelta(seconds=s) for s in range(15)]
    )
    return {f"{count} within {duration((end - start) / MS)}" for end in ends}


@figure("segment")
def segment(shown: Shown, world: World) -> Expected:
    """Each attempt, and the waits between them."""
    own, run = attempts(shown, world), world.by_id[shown.subject]
    at = min(max(run["scheduled_for"], run["created_at"]), own[0]["date_started"])
    found = set()
    for one in own:
        outcome = meta(one).get("outcome")
        ends = (
            [one["date_done"]]
            if outcome
            else [shown.now - timedelta(seconds=late) for late in range(-1, 15)]
        )
        found.add(f"waited {duration((one['date_started'] - at) / MS)}")
        for end in ends:
            found.add(
                f"attempt {meta(one)['attempt']}: {outcome or 'running'}, "
                f"{duration((end - one['date_started']) / MS)}"
            )
        at = ends[0]
    return found


def lines_of(shown: Shown, world: World) -> int:
    run = world.by_id[shown.subject]
    pieces = [
        p
        for p in world.runlog
        if str(p["run_id"]) == shown.subject and p["attempt"] == run["attempt"]
    ]
    return sum(str(piece["text"]).count("\n") for piece in pieces)


@figure("log-lines")
def log_lines(shown: Shown, world: World) -> Expected:
    count = lines_of(shown, world)
    return f"{count} line{'' if count == 1 else 's'}" if count else ""


@figure("log-attempt", "log-newest")
def log_attempt(shown: Shown, world: World) -> Expected:
    return str(world.by_id[shown.subject]["attempt"])


@figure("log-outcome")
def log_outcome(shown: Shown, world: World) -> Expected:
    run = world.by_id[shown.subject]
    if not run["finished_at"]:
        return ""
    lasted = (
        f" after {duration((run['finished_at'] - run['started_at']) / MS)}"
        if run["started_at"]
        else ""
    )
    return f"{word(run)}{lasted}"


@figure("fact")
def fact(shown: Shown, world: World) -> Expected:
    """A fact without a digit is no figure."""
    row = world.by_id[shown.subject]
    if not any(letter.isdigit() for letter in shown.text):
        return True
    kind = next(kind for kind in (RUN_FACTS, JOB_FACTS, BULK_FACTS) if shown.of in kind)
    return kind[shown.of](row, shown)


def _attempts(run: Row, shown: Shown) -> Expected:
    failed = f", {run['failures']} failed" if run["failures"] else ""
    lost = f", {run['losses']} lost" if run["losses"] else ""
    return f"{run['attempt']}{failed}{lost}"


def _retries(job: Row, shown: Shown) -> Expected:
    base = job["retry_backoff_seconds"] or 0
    waits = ", ".join(duration(1_000 * base * 2**number) for number in range(job["max_retries"]))
    return shown.text.startswith(f"{job['max_retries']}. Waits {waits}")


def _seconds(column: str, words: str = "{}") -> Callable[[Row, Shown], Expected]:
    return lambda row, shown: shown.text.endswith(words.format(duration(1_000 * row[column])))


def _version(job: Row, shown: Shown) -> Expected:
    return {
        f"{job['version']}, saved {words}" for words in ages(job["updated_at"], shown.now, slack=15)
    }


def _created(job: Row, shown: Shown) -> Expected:
    return (
        f"{job['created_at'].day:02}" in shown.text
        or f":{job['created_at'].minute:02}" in shown.text
    )


Facts = dict[str, Callable[[Row, Shown], Expected]]
RUN_FACTS: Facts = {
    "Attempts": _attempts,
    "Secrets": lambda run, shown: ", ".join(
        f"{name} (version {number})" for name, number in run["secrets"].items()
    ),
    "Job version": lambda run, shown: str(run["job_version"]),
    "Skipped occurrences": lambda run, shown: f"{run['skipped_count']:,}",
    "Run id": lambda run, shown: str(run["id"]),
}
JOB_FACTS: Facts = {
    "Schedule": lambda job, shown: str(job["schedule"]),
    "Retries": _retries,
    "First delay": _seconds("retry_backoff_seconds"),
    "Longest delay": _seconds("retry_backoff_max_seconds"),
    "Jitter": _seconds("jitter_seconds"),
    "Time limit": _seconds("timeout_seconds"),
    "Memory limit": lambda job, shown: f"{job['memory_limit_mb']:,} MB",
    "Keep history": lambda job, shown: f"{job['retention_days']:,} days",
    "Priority": lambda job, shown: f"{job['priority']:+d}",
    "Misfire window": _seconds("misfire_window_seconds"),
    "Resources": lambda job, shown: ", ".join(
        f"{name} {value}" for name, value in job["resources"].items()
    ),
    "Version": _version,
    "Created": _created,
    "Id": lambda job, shown: str(job["id"]),
}
BULK_FACTS: Facts = {"Matching": lambda row, shown: True, "With": lambda row, shown: True}
