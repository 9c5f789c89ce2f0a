"""Where the console shows what a notice tells of; the page of a run says why it is as it is."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass

from django.urls import NoReverseMatch, reverse

from jobs import conf
from jobs.models import Alert, AlertKind, Run, RunState

OF_THE_NEWEST_FAILURE = {AlertKind.FAILING, AlertKind.DEAD_LETTERS}
RUN = "beatwright:beatwright_run_change"
JOB = "beatwright:beatwright_job_detail"


@dataclass(frozen=True)
class Links:
    """Whole addresses, empty where PUBLIC_URL does not say how the console is reached."""

    run_id: uuid.UUID | None = None
    run: str = ""
    job: str = ""
    console: str = ""

    def named(self) -> Iterator[tuple[str, str]]:
        """Each with its name."""
        yield from (("Run", self.run), ("Open", self.job or self.console))


def links_of(alert: Alert) -> Links:
    """One query at most, for an alert of failures."""
    run_id = _run_of(alert)
    return Links(
        run_id,
        _link(RUN, run_id) if run_id else "",
        _link(JOB, alert.job_id) if alert.job_id else "",
        _link("beatwright:index"),
    )


def _run_of(alert: Alert) -> uuid.UUID | None:
    if alert.kind == AlertKind.STUCK:
        return uuid.UUID(alert.subject)
    if alert.kind not in OF_THE_NEWEST_FAILURE or alert.job_id is None:
        return None
    failed = Run.objects.filter(job=alert.job_id, state__in=[RunState.FAILED, RunState.TIMED_OUT])
    return failed.newest_first().values_list("pk", flat=True).first()


def _link(name: str, *places: uuid.UUID) -> str:
    public = conf.get().public_url
    try:
        return f"{public.rstrip('/')}{reverse(name, args=places)}" if public else ""
    except NoReverseMatch:  # a project without the console
        return ""
