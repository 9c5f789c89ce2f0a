"""What a notice says: a title that can stand alone, a text for people, and data for programs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from jobs.models import Alert, AlertKind, NoticeKind, Route
from jobs.moments import iso
from jobs.notices.links import Links
from jobs.notices.severity import severity_of
from jobs.schedules.zones import zone_named
from jobs.words import duration

# What is so, and what was so once it is over; {} is the job, or what else it is about.
PHRASES = {
    AlertKind.LATE: ("{} is late", "{} was late"),
    AlertKind.FAILING: ("{} is failing", "{} was failing"),
    AlertKind.STUCK: ("{} has a stuck run", "{} had a stuck run"),
    AlertKind.DEAD_LETTERS: ("{} has dead letters", "{} had dead letters"),
    AlertKind.BROKEN_SCHEDULE: ("{} cannot be planned", "{} could not be planned"),
    AlertKind.ODD_ROW: ("periodic task {} is not sent", "periodic task {} was not sent"),
    AlertKind.BROKEN_TASKS: ("task file {} is broken", "task file {} was broken"),
    AlertKind.SCHEDULER_SILENT: ("no scheduler was leading", "no scheduler was leading"),
    AlertKind.NO_CONSUMER: ("no worker consumes queue {}", "no worker consumed queue {}"),
    AlertKind.CUT_OFF: ("worker {} was cut off", "worker {} was cut off"),
    AlertKind.CLOCK: ("the database’s clock jumped", "the database’s clock jumped"),
    AlertKind.REFUSED: ("worker {} refuses messages", "worker {} refused messages"),
    AlertKind.CHANNEL: ("channel {} fails", "channel {} failed"),
}
TITLE_MOST = 250


@dataclass(frozen=True)
class Words:
    """What is told; ``data`` holds JSON values."""

    title: str
    text: str
    data: dict[str, Any]


def words_of(
    kind: NoticeKind, alert: Alert, route: Route, links: Links, *, now: datetime, times: int = 0
) -> Words:
    """Of one alert, whose job is loaded; ``times``: how often it was opened within the hour."""
    title = _title(kind, alert, route, now, times)[:TITLE_MOST]
    facts = [("What", alert.message), ("Since", _clock(alert.opened_at, route.timezone))]
    if kind == NoticeKind.RECOVERED:
        over = alert.closed_at or now
        facts += [("Until", _clock(over, route.timezone)), ("Lasted", _lasted(alert, over))]
    facts += [("Severity", severity_of(alert.kind).value)] if kind != NoticeKind.RECOVERED else []
    facts += _about_job(alert)
    facts += [(name, link) for name, link in links.named() if link]
    lines = "\n".join(f"{f'{name}:':<10}{text}" for name, text in facts if text)
    text = f"{title}\n\n{lines}\n\n{_hint(kind)}Route {route.name}.\n"
    return Words(title, text, _data(kind, alert, links, title))


def what_is_wrong(alert: Alert, *, is_over: bool = False) -> str:
    """``billing-sync is failing``, or was."""
    about = alert.job.name if alert.job else alert.subject
    phrases = PHRASES.get(AlertKind(alert.kind))
    if phrases is None:
        label = AlertKind(alert.kind).label
        return f"{about}: {label}" if about else str(label)
    return phrases[is_over].format(about)


def digest_title(title: str, more: int) -> str:
    """The title of a notice that tells of ``more`` others as well."""
    return f"{title[: TITLE_MOST - 30]} (and {more:,} more)" if more else title


def _title(kind: NoticeKind, alert: Alert, route: Route, now: datetime, times: int) -> str:
    if kind == NoticeKind.RECOVERED:
        over = alert.closed_at or now
        wrong = what_is_wrong(alert, is_over=True)
        return f"Recovered after {_lasted(alert, over)}: {wrong}"
    since = f"{what_is_wrong(alert)} since {_clock(alert.opened_at, route.timezone)}"
    if kind == NoticeKind.ESCALATED:
        return f"Not acknowledged: {since}"
    return f"Flapping, {times} times in an hour: {since}" if kind == NoticeKind.FLAPPING else since


def _clock(moment: datetime, timezone: str) -> str:
    local = moment.astimezone(zone_named(timezone))
    return f"{local:%a} {local.day} {local:%b %H:%M} {local:%Z}"


def _lasted(alert: Alert, over: datetime) -> str:
    return duration((over - alert.opened_at).total_seconds())


def _about_job(alert: Alert) -> list[tuple[str, str]]:
    if alert.job is None:
        return []
    job = alert.job
    return [
        ("Job", job.name),
        ("Owner", job.owner),
        ("Queue", job.queue),
        ("Tags", ", ".join(job.tags)),
    ]


def _hint(kind: NoticeKind) -> str:
    if kind == NoticeKind.FLAPPING:
        return "Further notices about it are held back until it has been stable for an hour.\n"
    return ""


def _data(kind: NoticeKind, alert: Alert, links: Links, title: str) -> dict[str, Any]:
    job = alert.job
    return {
        "title": title,
        "kind": kind.value,
        "alert": {
            "id": alert.pk,
            "kind": alert.kind,
            "severity": severity_of(alert.kind).value,
            "subject": alert.subject,
            "message": alert.message,
            "opened_at": iso(alert.opened_at),
            "closed_at": iso(alert.closed_at),
        },
        "job": {"id": str(job.pk), "name": job.name, "owner": job.owner, "tags": job.tags}
        if job
        else None,
        "run": str(links.run_id) if links.run_id else None,
        "links": {name.lower(): link for name, link in links.named() if link},
    }
