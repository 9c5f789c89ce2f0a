"""``manage.py doctor``: what is wrong with this installation, and what to do about it."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from jobs.management.cli.output import as_json
from jobs.queries.doctor import Finding, examine


class Command(BaseCommand):
    """Exits with 1 when a check fails."""

    help = "Check database, broker, scheduler, workers and jobs; say what to do about what is wrong."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        """--json for programs."""
        parser.add_argument("--json", action="store_true", help="print JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print one line a check, with its remedy below."""
        findings = examine()
        self.stdout.write(
            as_json([asdict(f) for f in findings]) if options["json"] else "\n".join(map(_line, findings))
        )
        if not all(finding.ok for finding in findings):
            raise SystemExit(1)


def _line(finding: Finding) -> str:
    line = f"{'ok  ' if finding.ok else 'FAIL'}  {finding.check}: {finding.detail}"
    return line if finding.ok else f"{line}\n      {finding.remedy}"
