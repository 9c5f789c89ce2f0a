"""``manage.py doctor``: what is wrong with this installation, and what to do about it."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandParser

from jobs.management.cli.output import as_json
from jobs.management.examinations import of_health, of_history
from jobs.management.plain import PlainCommand
from jobs.management.verb_command import elsewhere, said_plainly
from jobs.queries.health import CHECKS


class Command(PlainCommand):
    """Exits with 1 when a check fails, or a promise was broken."""

    help = (
        "Check database, broker, scheduler, workers, queues, disk and jobs; say what to do "
        "about what is wrong."
    )
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
        parser.add_argument(
            "--here", action="store_true", help="look at this host's scheduler and workers alone"
        )
        parser.add_argument(
            "--history",
            action="store_true",
            help="instead: do all recorded runs keep the promises?",
        )
        parser.add_argument(
            "--since",
            metavar="WHEN",
            help="with --history: from this moment on, or 90m, 24h, 7d ago",
        )
        parser.add_argument("--json", action="store_true", help="print JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print one line a check, with its remedy below."""
        with said_plainly(), elsewhere() as remote:
            done = of_history(options, remote) if options["history"] else of_health(options, remote)
        self.stdout.write(as_json(done.value) if options["json"] else done.text)
        if not done.is_well:
            raise SystemExit(1)
