"""What needs attention now: the open alerts, and whether a scheduler leads at all."""

from __future__ import annotations

import uuid
from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.db.models import Case, CharField, OuterRef, Subquery, When

from jobs.access.actor import Actor
from jobs.access.visible import visible_alerts
from jobs.errors import AlertNotFound
from jobs.models import Alert, AlertKind, AlertQuerySet, AlertState, Leader, Run, RunState
from jobs.moments import iso
from jobs.queries.paging import Key, KeysetPage, keyset_page

NEVER = timedelta.max
NEWS = ("-closed_at", "-opened_at", "-id")
FAILED = (RunState.FAILED, RunState.TIMED_OUT)
DEAD_MOST = 5_000


def open_alerts(limit: int = 100, *, actor: Actor, acknowledged: bool = False) -> list[Alert]:
    """One query: the alerts that are not over, the newest first, each with its job and that one's
    health.

    Those that somebody looks into only with ``acknowledged``, but for snoozes that have run out.
    """
    alerts = visible_alerts(actor)
    alerts = alerts.filter(closed_at=None) if acknowledged else alerts.in_state(AlertState.OPEN)
    return up_to_date(alerts.order_by("-opened_at", "-id"), limit)


def alerts_in(state: str, limit: int = 100, *, actor: Actor, cause: str = "") -> list[Alert]:
    """One query: the alerts that stand so, of this cause where one is given, the newest first;
    of closed ones those that were closed last.
    """
    alerts = visible_alerts(actor).in_state(state)
    alerts = alerts.filter(cause=cause) if cause else alerts
    if state == AlertState.CLOSED:
        closed: list[Alert] = list(alerts.select_related("job__health").order_by(*NEWS)[:limit])
        return closed
    return up_to_date(alerts.order_by("-opened_at", "-id"), limit)


def closed_alerts(
    *, actor: Actor, after: Key | None = None, before: Key | None = None
) -> KeysetPage[Alert]:
    """One query: a page of the history, what was closed last first."""
    closed = visible_alerts(actor).in_state(AlertState.CLOSED).select_related("job__health")
    fields = ("closed_at", "id")
    return keyset_page(closed, fields, descending=True, after=after, before=before)


def up_to_date(alerts: AlertQuerySet, limit: int) -> list[Alert]:
    """The first of these open alerts, each with its job and that one's health.

    Their messages say what is so now, not what was when the alert was opened; one more query where
    dead letters are among them.
    """
    rows = alerts.select_related("job__health").annotate(last_error=_last_error())
    found: list[Alert] = list(rows[:limit])
    _bring_up_to_date(found)
    return found


def failing_sentence(name: str, failures: int, error: str) -> str:
    """What is wrong with a job that fails in a row."""
    runs = f"its last {failures:,} runs" if failures > 1 else "its last run"
    return f"{name}: {runs} failed{f': {error}' if error else ''}"


def dead_letters_sentence(name: str, count: int, *, is_whole: bool) -> str:
    """What is wrong with a job that has dead letters; unless the count ``is_whole`` there are
    more.
    """
    return (
        f"{name}: {'' if is_whole else 'at least '}{count:,} dead letter{'s' if count > 1 else ''}"
    )


def refused_sentence(worker: str, times: int, last: str) -> str:
    """What a worker says that has refused messages."""
    number = f"{times:,} message{'' if times == 1 else 's'}"
    return f"worker {worker} has refused {number} since it started; the last one: {last}"


def taken_sentence(queue: str, workers: str, *, held: bool) -> str:
    """What becomes of messages in a queue that workers consume which are not ours."""
    then = (
        "nothing is sent there until a Beatwright worker consumes it"
        if held
        else "lost messages are sent again"
    )
    return (
        f"messages of the queue {queue} go to {workers or 'a worker that does not answer'}, "
        f"not to Beatwright workers alone, and it executes no run; {then}. Stop it, update it, or "
        "add beatwright.setup(app) to its app"
    )


class DeadLetters(NamedTuple):
    """A job's: how many, and the error of most of them."""

    number: int
    fingerprint: str


def dead_letters_by_job() -> tuple[dict[tuple[uuid.UUID, str], DeadLetters], bool]:
    """One query: the dead letters of each job, by its id and name, and whether these are all of
    them.
    """
    dead = Run.objects.dead_letters().order_by("fingerprint", "-id")
    rows = dead.values_list("job_id", "job__name", "fingerprint")[: DEAD_MOST + 1]
    errors: dict[tuple[uuid.UUID, str], Counter[str]] = defaultdict(Counter)
    for job, name, fingerprint in rows:
        errors[job, name][fingerprint] += 1
    found = {
        key: DeadLetters(counts.total(), counts.most_common(1)[0][0])
        for key, counts in errors.items()
    }
    return found, sum(letters.number for letters in found.values()) <= DEAD_MOST


def _last_error() -> Case:
    """Of a job that fails, the error of its newest failure: among the first of its runs' index."""
    failures = (
        Run.objects.filter(job=OuterRef("job"), state__in=FAILED).newest_first().values("error")
    )
    return Case(When(kind=AlertKind.FAILING, then=Subquery(failures[:1])), output_field=CharField())


def _bring_up_to_date(alerts: Sequence[Alert]) -> None:
    for alert in alerts:
        if (
            alert.kind == AlertKind.FAILING
            and alert.job
            and (failures := alert.job.health.consecutive_failures)
        ):
            alert.message = failing_sentence(
                alert.job.name, failures, getattr(alert, "last_error", None) or ""
            )
    dead = [alert for alert in alerts if alert.kind == AlertKind.DEAD_LETTERS and alert.job]
    by_job, is_whole = dead_letters_by_job() if dead else ({}, True)
    for alert in dead:
        if alert.job and (letters := by_job.get((alert.job.pk, alert.job.name))):
            alert.message = dead_letters_sentence(alert.job.name, letters.number, is_whole=is_whole)


def find_alert(alert_id: int, *, actor: Actor) -> Alert:
    """The alert of this id, with its job; raises AlertNotFound."""
    alert = visible_alerts(actor).select_related("job").filter(pk=alert_id).first()
    if alert is None:
        raise AlertNotFound(f"there is no alert {alert_id}", field="alert")
    return alert


def scheduler_silence(now: datetime) -> timedelta | None:
    """One query: for how long no scheduler has led; None while one does, ``NEVER`` if none has ever
    led.

    An alert cannot say it while it lasts: the leader writes the alerts. So pages and commands ask.
    """
    return silence_of(Leader.objects.order_by("-expires_at").first(), now=now)


def silence_of(leader: Leader | None, *, now: datetime) -> timedelta | None:
    """The same of a lease that was read already."""
    if leader is None or not leader.holder:
        return NEVER
    return None if leader.expires_at > now else now - leader.expires_at


def alert_fields(alert: Alert) -> dict[str, Any]:
    """An alert as JSON values."""
    return {
        "id": alert.pk,
        "kind": alert.kind,
        "subject": alert.subject,
        "cause": alert.cause,
        "message": alert.message,
        "job": alert.job.name if alert.job else None,
        "run": alert.run_id and str(alert.run_id),
        "opened_at": iso(alert.opened_at),
        "seen_at": iso(alert.seen_at),
        "closed_at": iso(alert.closed_at),
        "acknowledged_at": iso(alert.acknowledged_at),
        "acknowledged_by": alert.acknowledged_by,
        "acknowledged_reason": alert.acknowledged_reason,
        "snoozed_until": iso(alert.snoozed_until),
    }


def silence_fields(now: datetime) -> list[dict[str, Any]]:
    """The same of a scheduler that is silent now; empty while one leads."""
    silence = scheduler_silence(now)
    if silence is None:
        return []
    since = None if silence == NEVER else now - silence
    message = (
        "no scheduler has ever run here"
        if since is None
        else "no scheduler is leading, so nothing is planned or sent"
    )
    silent = Alert(kind=AlertKind.SCHEDULER_SILENT, message=message, seen_at=now)
    return [alert_fields(silent) | {"opened_at": iso(since)}]
