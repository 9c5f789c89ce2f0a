"""How bad each kind of alert is."""

from __future__ import annotations

from django.db.models import TextChoices

from jobs.models import AlertKind


class Severity(TextChoices):
    """The first stops more than one job."""

    CRITICAL = "critical"
    ERROR = "error"
    WARNING = "warning"


SEVERITIES = {
    AlertKind.SCHEDULER_SILENT: Severity.CRITICAL,
    AlertKind.NO_CONSUMER: Severity.CRITICAL,
    AlertKind.CHANNEL: Severity.CRITICAL,
    AlertKind.CLOCK: Severity.CRITICAL,
    AlertKind.LATE: Severity.WARNING,
    AlertKind.ODD_ROW: Severity.WARNING,
    AlertKind.REFUSED: Severity.WARNING,
}


def severity_of(kind: str) -> Severity:
    """What is not in the table is an error."""
    return SEVERITIES.get(AlertKind(kind), Severity.ERROR)
