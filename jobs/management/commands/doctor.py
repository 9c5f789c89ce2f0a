"""``manage.py doctor``: what is wrong with this installation, and what to do about it."""

from __future__ import annotations

import platform
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from jobs.management.cli.output import as_json
from jobs.management.remote.health import findings_from
from jobs.management.verb_command import elsewhere, said_plainly
from jobs.queries.health import BY_DEFAULT, CHECKS, Finding, examine

PATIENCE_SECONDS = 10.0


class Command(BaseCommand):
    """Exits with 1 when a check fails."""

    help = "Check database, broker, scheduler, workers, queues, disk and jobs; say what to do about what is wrong."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        """Which checks, of which host, and how they are printed."""
        parser.add_argument(
            "--check",
            action="append",
            choices=CHECKS,
            metavar="NAME",
            help=f"this check alone; may be repeated: {', '.join(CHECKS)}",
        )
        parser.add_argument("--here", action="store_true", help="look at this host's scheduler and workers alone")
        parser.add_argument("--json", action="store_true", help="print JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print one line a check, with its remedy below."""
        with said_plainly(), elsewhere() as remote:
            findings = _findings(options) if remote is None else findings_from(remote, options)
        self.stdout.write(
            as_json([asdict(f) for f in findings]) if options["json"] else "\n".join(map(_line, findings))
        )
        if not all(finding.ok for finding in findings):
            raise SystemExit(1)


def _findings(options: dict[str, Any]) -> list[Finding]:
    host = platform.node() if options["here"] else ""
    return examine(options["check"] or BY_DEFAULT, host=host, answer_seconds=PATIENCE_SECONDS)


def _line(finding: Finding) -> str:
    said = f"{finding.detail} ({finding.cause})" if finding.cause else finding.detail
    line = f"{'ok  ' if finding.ok else 'FAIL'}  {finding.check}: {said}"
    return line if finding.ok else f"{line}\n      {finding.remedy}"
