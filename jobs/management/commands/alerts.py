"""``manage.py alerts``: what needs attention now."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils.timezone import now

from jobs.management.cli.job_verbs import actor
from jobs.management.cli.output import as_json, as_table
from jobs.queries.alerts import alert_fields, open_alerts, silence_fields


class Command(BaseCommand):
    """Reads only; the leader opens and closes alerts."""

    help = "List what needs attention, the newest first."

    def add_arguments(self, parser: CommandParser) -> None:
        """--json for programs."""
        parser.add_argument("--page-size", type=int, default=100, help="how many at the most")
        parser.add_argument("--json", action="store_true", help="print JSON")

    def handle(self, *args: Any, **options: Any) -> str:
        """A scheduler that is silent now comes first: nobody writes that alert."""
        rows = [
            *silence_fields(now()),
            *map(alert_fields, open_alerts(max(1, min(options["page_size"], 1000)), actor=actor())),
        ]
        return as_json(rows) if options["json"] else as_table(rows, ("kind", "message", "opened_at"))
