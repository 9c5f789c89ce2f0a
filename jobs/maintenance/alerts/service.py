"""Alerts: what needs attention is opened when it is first seen, kept up to date, and closed when it
is over.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from datetime import datetime

from django.db import transaction

from jobs.isolation import each_by_itself
from jobs.maintenance.alerts import channels, detectors, failures, incidents
from jobs.maintenance.alerts.detectors import Detected, Finding, Look
from jobs.maintenance.alerts.odd_rows import OddRows
from jobs.maintenance.alerts.stuck import Stuck
from jobs.maintenance.alerts.unmet import Unmet, no_run
from jobs.models import Alert, AlertKind
from jobs.notices.outbox import alerts_closed, alerts_opened

OPEN_MOST = 20_000

Detector = Callable[[Look], Detected]


class Alerts:
    """One look at everything; about a dozen small queries while all is well, every
    ``alert_seconds``.
    """

    def __init__(self) -> None:
        self.detectors: dict[AlertKind, Detector] = {
            AlertKind.LATE: detectors.late,
            AlertKind.FAILING: failures.failing,
            AlertKind.STUCK: Stuck(),
            AlertKind.DEAD_LETTERS: failures.dead_letters,
            AlertKind.BROKEN_SCHEDULE: detectors.broken_schedules,
            AlertKind.ODD_ROW: OddRows(),
            AlertKind.BROKEN_TASKS: detectors.broken_task_files,
            AlertKind.SCHEDULER_SILENT: detectors.silence,
            AlertKind.NO_CONSUMER: detectors.unattended,
            AlertKind.CUT_OFF: incidents.cut_off,
            AlertKind.CLOCK: incidents.ClockJumps(),
            AlertKind.REFUSED: incidents.refused,
            **Unmet().detectors(),
            AlertKind.NO_RUN: no_run,
            AlertKind.TAKEN: incidents.taken,
            AlertKind.CHANNEL: channels.failing_channels,
        }

    def run_once(self, *, now: datetime) -> dict[str, int]:
        """Returns {"opened": n, "closed": n}.

        A kind that cannot be told now keeps the alerts it has.
        """
        look = Look(now, _open())
        changes = each_by_itself(
            self.detectors, lambda kind: self._follow(kind, look), what="alerts not told"
        )
        return {
            "opened": sum(opened for opened, _ in changes),
            "closed": sum(closed for _, closed in changes),
        }

    def _follow(self, kind: AlertKind, look: Look) -> tuple[int, int]:
        known, found = look.open.get(kind, {}), self.detectors[kind](look)
        seen = {finding.subject: finding for finding in found.findings}
        opened = _begin(
            kind, [finding for subject, finding in seen.items() if subject not in known], look.now
        )
        _keep(
            [(known[subject], finding) for subject, finding in seen.items() if subject in known],
            look.now,
        )
        over = (
            [alert for subject, alert in known.items() if subject not in seen]
            if found.is_complete
            else []
        )
        return opened, _end(over, look.now)


def raise_alert(kind: AlertKind, message: str, *, subject: str = "", now: datetime) -> None:
    """Open an alert that only its witness can tell of, unless one like it is open."""
    _begin(kind, [Finding(subject, message)], now)


def close_alert(kind: AlertKind, *, subject: str, now: datetime) -> None:
    """Close one of those, whose witness says that it is over."""
    _end(list(Alert.objects.filter(kind=kind, subject=subject, closed_at=None)), now)


def cause_of(kind: AlertKind, finding: Finding) -> str:
    """What the alert shares with others; its own matter where it shares nothing."""
    return (finding.cause or f"{kind}:{finding.subject}")[:300]


def _open() -> Mapping[str, Mapping[str, Alert]]:
    by_kind: dict[str, dict[str, Alert]] = defaultdict(dict)
    for alert in Alert.objects.filter(closed_at=None).order_by("id")[:OPEN_MOST]:
        by_kind[alert.kind][alert.subject] = alert
    return by_kind


def _begin(kind: AlertKind, findings: list[Finding], now: datetime) -> int:
    """Somebody else who looks at the same moment may have opened it: the constraint keeps one."""
    if not findings:
        return 0
    rows = [
        Alert(
            kind=kind,
            subject=f.subject,
            message=f.message[:1000],
            cause=cause_of(kind, f),
            run_id=f.run_id,
            job_id=f.job_id,
            opened_at=now,
            seen_at=now,
        )
        for f in findings
    ]
    with transaction.atomic():
        Alert.objects.bulk_create(rows, ignore_conflicts=True, batch_size=500)
        alerts_opened(kind, [row.subject for row in rows], now=now)
    return len(rows)


def _keep(pairs: list[tuple[Alert, Finding]], now: datetime) -> None:
    """Note that they are still there, and what is to be said now where that has changed."""
    if not pairs:
        return
    Alert.objects.filter(pk__in=[alert.pk for alert, _ in pairs], closed_at=None).update(
        seen_at=now
    )
    for alert, finding in pairs:
        said = {
            "message": finding.message[:1000],
            "cause": cause_of(AlertKind(alert.kind), finding),
            "run_id": finding.run_id,
        }
        if any(getattr(alert, name) != value for name, value in said.items()):
            Alert.objects.filter(pk=alert.pk, closed_at=None).update(**said)


def _end(alerts: list[Alert], now: datetime) -> int:
    if not alerts:
        return 0
    ids = [alert.pk for alert in alerts]
    with transaction.atomic():
        closed = Alert.objects.filter(pk__in=ids, closed_at=None).update(closed_at=now)
        alerts_closed(ids, now=now)
    return closed
