"""What monitoring is told: probes as JSON, 200 while all is well and 503 while something is not;
metrics as text.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db import Error
from django.http import HttpRequest, HttpResponse, JsonResponse

from jobs.dispatch.clock import database_now
from jobs.metrics import CONTENT_TYPE, exposition
from jobs.monitoring.access import may_read_metrics
from jobs.queries.health import EVERY_FEW_SECONDS, HealthFinding, examine

READY = ("database",)
NOT_KEPT = {"Cache-Control": "no-store"}


def livez(request: HttpRequest) -> HttpResponse:
    """This process answers; nothing else is asked."""
    return _answer([])


def readyz(request: HttpRequest) -> HttpResponse:
    """This process can serve pages: its database answers and is migrated."""
    return _answer(examine(READY))


def healthz(request: HttpRequest) -> HttpResponse:
    """The installation as a whole: what it depends on, its schedulers and workers, its queues and
    its disk.
    """
    return _answer(examine(EVERY_FEW_SECONDS))


def metrics(request: HttpRequest) -> HttpResponse:
    """Prometheus's text; 401 to whoever may not read it, 503 while the database is away."""
    if not may_read_metrics(request):
        said = "metrics are open to this machine, and with METRICS_TOKEN as a bearer token\n"
        return _text(said, status=401, headers={"WWW-Authenticate": "Bearer"})
    try:
        return HttpResponse(
            exposition(now=database_now()), content_type=CONTENT_TYPE, headers=NOT_KEPT
        )
    except Error:
        return _text("the database does not answer\n", status=503)


def _answer(findings: Iterable[HealthFinding]) -> HttpResponse:
    shown = [_shown(finding) for finding in findings]
    ok = all(check["ok"] for check in shown)
    body = {"status": "ok" if ok else "failing", "checks": shown}
    return JsonResponse(body, status=200 if ok else 503, headers=NOT_KEPT)


def _shown(finding: HealthFinding) -> dict[str, Any]:
    """Without ``cause``: anybody may read this, and a driver's message names hosts and users."""
    remedy = {} if finding.ok else {"remedy": finding.remedy}
    return {
        "check": finding.check,
        "ok": finding.ok,
        "detail": finding.detail,
        **remedy,
        **finding.facts,
    }


def _text(said: str, *, status: int, headers: dict[str, str] | None = None) -> HttpResponse:
    return HttpResponse(
        said, status=status, content_type="text/plain", headers=NOT_KEPT | (headers or {})
    )
