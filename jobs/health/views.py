"""What each probe is told, as JSON: 200 while all is well, 503 while something is not."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.http import JsonResponse

from jobs.queries.health import EVERY_FEW_SECONDS, Finding, examine

READY = ("database",)


def livez() -> JsonResponse:
    """This process answers; nothing else is asked."""
    return _answer([])


def readyz() -> JsonResponse:
    """This process can serve pages: its database answers and is migrated."""
    return _answer(examine(READY))


def healthz() -> JsonResponse:
    """The installation as a whole: what it depends on, its schedulers and workers, its queues and its disk."""
    return _answer(examine(EVERY_FEW_SECONDS))


def _answer(findings: Iterable[Finding]) -> JsonResponse:
    shown = [_shown(finding) for finding in findings]
    ok = all(check["ok"] for check in shown)
    body = {"status": "ok" if ok else "failing", "checks": shown}
    return JsonResponse(body, status=200 if ok else 503, headers={"Cache-Control": "no-store"})


def _shown(finding: Finding) -> dict[str, Any]:
    """Without ``cause``: anybody may read this, and a driver's message names hosts and users."""
    return {"check": finding.check, "ok": finding.ok, "detail": finding.detail, **finding.facts}
