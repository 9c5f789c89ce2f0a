"""``manage.py import_schedule FILE…``: make jobs of schedule files, once or whenever they are
saved.
"""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import CommandError
from django.utils import timezone

from jobs.importers.planning.plan import Plan
from jobs.importers.report import ImportReport, report_lines, report_of, trouble_lines
from jobs.importers.service import is_applied
from jobs.maintenance.files.schedule_files import ScheduleFiles
from jobs.management.cli.files.import_flags import add_flags, read_hints, refuse_odd
from jobs.management.cli.files.importing import imported_here
from jobs.management.cli.files.watching import watch
from jobs.management.cli.progress import Progress
from jobs.management.plain import PlainCommand
from jobs.management.remote.files import imported
from jobs.management.verb_command import elsewhere, said_plainly


class Command(PlainCommand):
    help = (
        "Import jobs from schedule files. A file with an error changes nothing, unless "
        "--partial is given."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        add_flags(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        refuse_odd(options)
        with said_plainly(), elsewhere() as remote:
            if options["watch"] and remote is None:
                self._watch(options)
                return
            with Progress("importing"):
                report, is_right = (
                    imported_here(options) if remote is None else imported(remote, options)
                )
        self._show(report, options, applied=is_right and not options["dry_run"])
        if not is_right:
            raise CommandError("nothing was imported; --partial takes the jobs that are right")

    def _watch(self, options: dict[str, Any]) -> None:
        def follow(plan: Plan) -> None:
            applied = is_applied(plan, partial=options["partial"])
            self._show(report_of(plan, now=timezone.now()), options, applied=applied)

        files, partial = options["files"], options["partial"]
        watch(ScheduleFiles(files, partial=partial, on_plan=follow, told=read_hints(options)))
        self.stdout.write("stopped watching")

    def _show(self, report: ImportReport, options: dict[str, Any], *, applied: bool) -> None:
        for line in report_lines(report, applied=applied, as_json=options["json"]):
            self.stdout.write(line)
        for line in () if options["json"] else trouble_lines(report):
            self.stderr.write(line)
        self.stdout.flush()
