"""``doctor`` on another machine: what its ``/healthz`` tells, and with ``--history`` its API."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from jobs.errors import DomainError
from jobs.management.cli.verbs import Options
from jobs.management.client import Client, Row
from jobs.moments import iso
from jobs.queries.health import EVERY_FEW_SECONDS, HealthFinding

OWN = ("check", "ok", "detail", "remedy")


def findings_from(remote: Client, options: Options) -> list[HealthFinding]:
    """The findings that a probe is told, or those of ``--check`` among them; raises DomainError for
    any other check.
    """
    if options["here"]:
        raise DomainError("looks at the processes of this machine, not at another", field="here")
    wanted = options["check"] or EVERY_FEW_SECONDS
    if unknown := [name for name in wanted if name not in EVERY_FEW_SECONDS]:
        told = ", ".join(EVERY_FEW_SECONDS)
        raise DomainError(
            f"{unknown[0]} is looked at there alone; from afar: {told}", field="check"
        )
    found = [_finding(row) for row in remote.health()]
    return [finding for finding in found if not options["check"] or _is_of(finding, wanted)]


def history_from(remote: Client, since: datetime | None) -> Row:
    """What that machine finds in its history since then: the last day unless given, and within 20
    seconds.
    """
    found: Row = remote.get("history/", since=iso(since))
    return found


def _is_of(finding: HealthFinding, checks: Collection[str]) -> bool:
    """Whether one of the checks found it: the broker's also finds whether Redis evicts."""
    return any(
        finding.check == check or (check == "broker" and "redis" in finding.check)
        for check in checks
    )


def _finding(row: Row) -> HealthFinding:
    facts = {name: value for name, value in row.items() if name not in OWN}
    return HealthFinding(row["check"], row["ok"], row["detail"], row.get("remedy", ""), facts=facts)
