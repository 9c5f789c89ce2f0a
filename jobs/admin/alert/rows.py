"""What needs somebody: the open alerts, each with what can be done about it."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse

from jobs.access.actor import Actor
from jobs.admin.look.badges import Badge
from jobs.admin.look.times import Moment, moment
from jobs.models import Alert, AlertKind, AlertState
from jobs.queries.attention.alert_groups import AlertGroup, alert_groups
from jobs.words import duration

SHOWN = 10
OF_A_RUN = frozenset({
    AlertKind.STUCK, AlertKind.OVERDUE, AlertKind.SLOW, AlertKind.SHORT, AlertKind.SMALL_OUTPUT,
})  # fmt: skip
TO_RUN = frozenset({AlertKind.LATE, AlertKind.OVERDUE, AlertKind.NO_RUN})
EXPLAINED = frozenset({
    AlertKind.LATE, AlertKind.BROKEN_SCHEDULE, AlertKind.OVERDUE, AlertKind.NO_RUN,
})  # fmt: skip

BADGES = {
    AlertKind.LATE: Badge("late", "timer", "warn", "due, but not started"),
    AlertKind.FAILING: Badge("failing", "cancel", "bad", "its latest runs failed in a row"),
    AlertKind.STUCK: Badge("stuck", "hourglass_bottom", "warn", "running much longer than usual"),
    AlertKind.DEAD_LETTERS: Badge(
        "dead letters", "skull", "bad", "failed after all retries and not resolved yet"
    ),
    AlertKind.BROKEN_SCHEDULE: Badge("broken", "report", "bad", "its schedule is invalid"),
    AlertKind.ODD_ROW: Badge(
        "periodic task", "event_busy", "bad", "it cannot be sent, or no worker runs it"
    ),
    AlertKind.BROKEN_TASKS: Badge("task file", "code_off", "bad", "it cannot be imported"),
    AlertKind.SCHEDULER_SILENT: Badge(
        "scheduler", "warning", "bad", "there was no leading scheduler for a while"
    ),
    AlertKind.NO_CONSUMER: Badge(
        "no worker", "link_off", "bad", "runs are waiting, but no worker consumes the queue"
    ),
    AlertKind.CUT_OFF: Badge(
        "cut off", "power_off", "warn", "a worker was lost, and other workers took its runs"
    ),
    AlertKind.CLOCK: Badge("clock", "schedule", "bad", "the database's clock jumped"),
    AlertKind.REFUSED: Badge(
        "refused", "gpp_bad", "bad", "the worker refused messages that are not sealed or not listed"
    ),
    AlertKind.OVERDUE: Badge("overdue", "alarm", "bad", "it had not succeeded by when it must"),
    AlertKind.SLOW: Badge("slow", "speed", "warn", "a run took longer than its job's longest run"),
    AlertKind.SHORT: Badge(
        "too short", "timer_off", "warn", "a run succeeded sooner than its job's shortest run"
    ),
    AlertKind.SMALL_OUTPUT: Badge(
        "small output", "data_alert", "warn", "a run returned less than its job must return"
    ),
    AlertKind.NO_RUN: Badge(
        "no run", "notifications_paused", "bad", "no run has started for too long"
    ),
    AlertKind.TAKEN: Badge(
        "taken", "call_split", "bad", "workers that are not Beatwright's take the queue's messages"
    ),
}


@dataclass(frozen=True)
class Matter:
    """One row; addresses are empty where the action makes no sense.

    ``about``: how many alerts it stands for, of more than one; it ``is_shared`` by
    several jobs. ``investigated``: by whom
    and until when.
    """

    id: int
    cause: str
    badge: Badge
    title: str
    url: str
    message: str
    when: Moment
    about: str = ""
    is_shared: bool = False
    log_url: str = ""
    rerun_url: str = ""
    run_url: str = ""
    pause_url: str = ""
    why_url: str = ""
    investigated: str = ""
    reason: str = ""
    closed: Moment | None = None
    lasted: str = ""

    @property
    def acknowledge_url(self) -> str:
        """Of the alert, or of all of its cause."""
        if self.about:
            return reverse("beatwright:alerts_acknowledge")
        return reverse("beatwright:alert_acknowledge", args=[self.id])

    @property
    def restore_url(self) -> str:
        """Of the same."""
        if self.about:
            return reverse("beatwright:alerts_restore")
        return reverse("beatwright:alert_restore", args=[self.id])


@dataclass(frozen=True)
class Matters:
    rows: list[Matter]
    more: bool


def attention_rows(actor: Actor, now: datetime) -> Matters:
    """The first few causes, for the dashboard."""
    groups = alert_groups(AlertState.OPEN, SHOWN + 1, actor=actor)
    return Matters([group_row(group, now) for group in groups[:SHOWN]], more=len(groups) > SHOWN)


def group_row(group: AlertGroup, now: datetime, state: str = AlertState.OPEN) -> Matter:
    """The row of a cause: its lead's where that says all, else one that leads to its alerts."""
    row = alert_row(group.lead, now)
    if group.is_one_job and group.alerts == 1:
        return row
    query = urlencode({"state": state, "cause": group.lead.cause})
    about = f"{group.alerts:,} alerts"
    members = f"{reverse('beatwright:alerts')}?{query}"
    if group.is_one_job:
        return replace(row, about=about, when=moment(group.opened_at, now))
    return Matter(
        group.lead.pk,
        group.lead.cause,
        row.badge,
        f"{group.jobs:,} jobs" if group.jobs else f"{group.alerts:,} alerts",
        members,
        said_of_all(group.lead),
        moment(group.opened_at, now),
        about=about,
        is_shared=True,
        investigated=row.investigated,
        reason=row.reason,
    )


def said_of_all(lead: Alert) -> str:
    """The lead's message, without the job that it is about and what is counted for that job."""
    if lead.kind == AlertKind.DEAD_LETTERS:
        return "dead letters with the same error"
    name = f"{lead.job.name}: " if lead.job else ""
    rest = lead.message.removeprefix(name)
    return rest.partition(" failed: ")[2] or rest


def alert_row(alert: Alert, now: datetime) -> Matter:
    """One alert, with its job and that one's health loaded."""
    badge, when = BADGES[AlertKind(alert.kind)], moment(alert.opened_at, now)
    row = (
        _of_job(alert, badge, when)
        if alert.job
        else Matter(
            alert.pk,
            alert.cause,
            badge,
            alert.subject or badge.word,
            _elsewhere(alert),
            alert.message,
            when,
        )
    )
    return replace(row, **_investigated(alert, now), **_closed(alert, now))


def _investigated(alert: Alert, now: datetime) -> dict[str, Any]:
    if alert.acknowledged_at is None:
        return {}
    until = alert.snoozed_until
    by = f"{'Snoozed' if until else 'Acknowledged'} by {alert.acknowledged_by}"
    told = f"{by} until {moment(until, now).text}" if until else by
    return {"investigated": told, "reason": alert.acknowledged_reason}


def _closed(alert: Alert, now: datetime) -> dict[str, Any]:
    if alert.closed_at is None:
        return {}
    lasted = duration((alert.closed_at - alert.opened_at).total_seconds())
    return {"closed": moment(alert.closed_at, now), "lasted": lasted}


def _of_job(alert: Alert, badge: Badge, when: Moment) -> Matter:
    job = alert.job
    assert job is not None
    run = _run_of(alert)
    page = reverse("beatwright:beatwright_job_detail", args=[job.pk])
    failed = alert.kind in (AlertKind.FAILING, AlertKind.DEAD_LETTERS)
    has_log = failed or alert.kind in OF_A_RUN
    return Matter(
        alert.pk, alert.cause, badge, job.name, page, alert.message, when,
        log_url=reverse("beatwright:beatwright_run_change", args=[run]) if run and has_log else "",
        rerun_url=reverse("beatwright:beatwright_run_rerun", args=[run]) if run and failed else "",
        run_url=reverse("beatwright:beatwright_job_act",
                        args=[job.pk, "run"]) if alert.kind in TO_RUN else "",
        pause_url=reverse("beatwright:beatwright_job_act",
                          args=[job.pk, "pause"]) if job.enabled else "",
        why_url=f"{page}#why" if alert.kind in EXPLAINED else "",
    )  # fmt: skip


def _run_of(alert: Alert) -> str | uuid.UUID | None:
    if alert.kind == AlertKind.STUCK:
        return alert.subject
    if alert.kind in OF_A_RUN:
        return alert.run_id
    return alert.job.health.last_run_id if alert.job else None


def _elsewhere(alert: Alert) -> str:
    """The page where a matter without a job is dealt with."""
    if alert.kind in (AlertKind.NO_CONSUMER, AlertKind.TAKEN):
        return reverse("beatwright:queues")
    if alert.kind == AlertKind.REFUSED:
        return reverse("beatwright:workers")
    if alert.kind == AlertKind.ODD_ROW:
        rows = reverse("beatwright:django_celery_beat_periodictask_changelist")
        return f"{rows}?{urlencode({'q': alert.subject})}"
    return reverse("beatwright:dead_letters") if alert.kind == AlertKind.DEAD_LETTERS else ""
