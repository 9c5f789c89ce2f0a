"""``manage.py sync``: make the stored jobs what the code declares; one step of a deploy."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import CommandError
from django.utils import timezone

from jobs.declaring.sync import Synced, SyncOrder, sync
from jobs.importers.report import report_lines, report_of, trouble_lines
from jobs.management.local_user import actor
from jobs.management.plain import PlainCommand
from jobs.management.verb_command import said_plainly

HELP = {
    "check": "change nothing; exit with 1 if the jobs are not what the code declares",
    "plan": "change nothing; print what would change",
    "prune": "pause the jobs of modules that are no part of this installation any more, too",
    "rollback": "apply what this release declares although a newer one has been synced",
    "json": "print JSON lines",
}


class Command(PlainCommand):
    """Every app's ``schedules`` module is read, and nothing else."""

    help = "Make the jobs what the schedules.py of each app declares."
    requires_system_checks = ()  # a problem of the declarations is reported as one

    def add_arguments(self, parser: ArgumentParser) -> None:
        for name, text in HELP.items():
            parser.add_argument(f"--{name}", action="store_true", help=text)

    def handle(self, *args: Any, **options: Any) -> None:
        dry_run = options["check"] or options["plan"]
        asked = SyncOrder(dry_run=dry_run, prune=options["prune"], rollback=options["rollback"])
        with said_plainly():
            synced = sync(asked, actor=actor(), now=timezone.now())
        self._show(synced, as_json=options["json"])
        if synced.plan.problems:
            raise CommandError("nothing was changed: the declarations have errors")
        if options["check"] and not synced.is_current:
            raise CommandError("the jobs are not what the code declares; sync makes them so")

    def _show(self, synced: Synced, *, as_json: bool) -> None:
        report = report_of(synced.plan, now=timezone.now())
        for line in report_lines(report, applied=synced.is_applied, as_json=as_json):
            self.stdout.write(line)
        for line in () if as_json else trouble_lines(report):
            self.stderr.write(line)
