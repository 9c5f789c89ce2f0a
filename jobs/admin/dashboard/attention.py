"""What needs somebody: the open alerts, each with what can be done about it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode

from django.urls import reverse

from jobs.access.actor import Actor
from jobs.admin.look.badges import Badge
from jobs.admin.look.times import Moment, moment
from jobs.models import Alert, AlertKind
from jobs.queries.alerts import open_alerts

SHOWN = 10

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
    """One row; addresses are empty where the action makes no sense."""

    id: int
    badge: Badge
    title: str
    url: str
    message: str
    when: Moment
    log_url: str = ""
    rerun_url: str = ""
    run_url: str = ""
    pause_url: str = ""
    why_url: str = ""

    @property
    def acknowledge_url(self) -> str:
        return reverse("beatwright:alert_acknowledge", args=[self.id])


@dataclass(frozen=True)
class Matters:
    rows: list[Matter]
    more: bool


def attention_rows(actor: Actor, now: datetime) -> Matters:
    alerts = open_alerts(limit=SHOWN + 1, actor=actor)
    return Matters([matter(alert, now) for alert in alerts[:SHOWN]], more=len(alerts) > SHOWN)


def matter(alert: Alert, now: datetime) -> Matter:
    badge, when = BADGES[AlertKind(alert.kind)], moment(alert.opened_at, now)
    if alert.job is None:
        title = alert.subject or badge.word
        return Matter(alert.pk, badge, title, _elsewhere(alert), alert.message, when)
    return _of_job(alert, badge, when)


def _of_job(alert: Alert, badge: Badge, when: Moment) -> Matter:
    job = alert.job
    assert job is not None
    run = alert.subject if alert.kind == AlertKind.STUCK else job.health.last_run_id
    page = reverse("beatwright:beatwright_job_detail", args=[job.pk])
    failed = alert.kind in (AlertKind.FAILING, AlertKind.DEAD_LETTERS)
    has_log = failed or alert.kind == AlertKind.STUCK
    return Matter(
        alert.pk, badge, job.name, page, alert.message, when,
        log_url=reverse("beatwright:beatwright_run_change", args=[run]) if run and has_log else "",
        rerun_url=reverse("beatwright:beatwright_run_rerun", args=[run]) if run and failed else "",
        run_url=reverse("beatwright:beatwright_job_act",
                        args=[job.pk, "run"]) if alert.kind == AlertKind.LATE else "",
        pause_url=reverse("beatwright:beatwright_job_act",
                          args=[job.pk, "pause"]) if job.enabled else "",
        why_url=f"{page}#why" if alert.kind in (AlertKind.LATE, AlertKind.BROKEN_SCHEDULE) else "",
    )  # fmt: skip


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
