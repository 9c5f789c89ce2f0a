"""``doctor``: what its checks found, in words."""

from __future__ import annotations

from collections.abc import Iterable

from jobs.queries.health import HealthFinding


def findings_text(findings: Iterable[HealthFinding]) -> str:
    """One line a check, with its remedy below where it is not well."""
    return "\n".join(map(_line, findings))


def _line(finding: HealthFinding) -> str:
    said = f"{finding.detail} ({finding.cause})" if finding.cause else finding.detail
    line = f"{'ok  ' if finding.ok else 'FAIL'}  {finding.check}: {said}"
    return line if finding.ok else f"{line}\n      {finding.remedy}"
