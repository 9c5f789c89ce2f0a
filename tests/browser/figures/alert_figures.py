"""The figures of alerts and of their causes, and the count of runs that a list finds."""

from __future__ import annotations

from datetime import timedelta

from tests.browser.figures.registry import Expected, figure
from tests.browser.figures.site_figures import plural
from tests.browser.figures.world import BAD, Row, Shown, World


@figure("alert")
def alert(shown: Shown, world: World) -> Expected:
    (row,) = (alert for alert in world.alert if str(alert["id"]) == shown.id)
    job = world.by_id.get(str(row["job_id"]))
    if row["kind"] == "failing" and job:
        failures = [run for run in world.runs_of(job["id"]) if run["state"] in BAD]
        return (
            f"{job['name']}: its last {world.failures_in_a_row(job['id']):,} runs failed: "
            f"{failures[0]['error']}"
        )
    if row["kind"] == "dead_letters" and job:
        return (
            f"{job['name']}: "
            f"{plural(len(world.dead(lambda run: run['job_id'] == job['id'])), 'dead letter')}"
        )
    return str(row["message"])


@figure("runs-found")
def runs_found(shown: Shown, world: World) -> Expected:
    """Of the last day, by the milliseconds at the beginning of their ids."""
    since = (shown.now - timedelta(days=1)).timestamp() * 1_000
    found = [
        run
        for run in world.run
        if shown.of in {"", run["state"]} and int(str(run["id"]).replace("-", "")[:12], 16) >= since
    ]
    return plural(len(found), "run")


def alerts_of_cause(shown: Shown, world: World) -> list[Row]:
    """Those that need attention for the same cause as the row's."""
    (lead,) = (alert for alert in world.alert if str(alert["id"]) == shown.id)
    return [
        alert
        for alert in world.alert
        if alert["cause"] == lead["cause"] and not (alert["closed_at"] or alert["acknowledged_at"])
    ]


@figure("alert-about")
def alert_about(shown: Shown, world: World) -> Expected:
    return f"{len(alerts_of_cause(shown, world)):,} alerts"


@figure("alert-shared")
def alert_shared(shown: Shown, world: World) -> Expected:
    jobs = {alert["job_id"] for alert in alerts_of_cause(shown, world) if alert["job_id"]}
    return f"{len(jobs):,} jobs" if jobs else alert_about(shown, world)


@figure("alert-said")
def alert_said(shown: Shown, world: World) -> Expected:
    (lead,) = (alert for alert in world.alert if str(alert["id"]) == shown.id)
    if lead["kind"] == "dead_letters":
        return "dead letters with the same error"
    said = alert(shown, world)
    assert isinstance(said, str)
    return said.partition(" failed: ")[2] or said.partition(": ")[2] or said
