"""``manage.py import_schedule FILE…``: make jobs of schedule files, once or whenever they are saved."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from jobs.importers.apply import ChangedMeanwhile
from jobs.importers.plan import Plan
from jobs.importers.report import report_lines, trouble_lines
from jobs.importers.service import import_files, is_applied
from jobs.importers.watch import ScheduleFiles, look_forever
from jobs.management.cli.import_flags import add_flags, refuse_odd, told
from jobs.management.cli.job_verbs import actor
from jobs.management.cli.progress import Progress


class Command(BaseCommand):
    help = "Import jobs from schedule files. A file with an error changes nothing, unless --partial is given."

    def add_arguments(self, parser: ArgumentParser) -> None:
        add_flags(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        refuse_odd(options)
        self._watch(options) if options["watch"] else self._import_once(options)

    def _import_once(self, options: dict[str, Any]) -> None:
        flags = {flag: options[flag] for flag in ("dry_run", "partial", "prune")}
        flags |= {"told": told(options), "apps": options["celery_app"]}
        try:
            with Progress("importing"):
                plan = import_files(options["files"], actor=actor(), now=timezone.now(), **flags)
        except ChangedMeanwhile as error:
            raise CommandError(str(error)) from error
        self._show(plan, options)
        if not is_applied(plan, partial=options["partial"]):
            raise CommandError("nothing was imported; --partial takes the jobs that are right")

    def _watch(self, options: dict[str, Any]) -> None:
        files, partial = options["files"], options["partial"]
        followed = ScheduleFiles(
            files, partial=partial, on_plan=lambda plan: self._show(plan, options), told=told(options)
        )
        look_forever(followed)
        self.stdout.write("stopped watching")

    def _show(self, plan: Plan, options: dict[str, Any]) -> None:
        applied = is_applied(plan, partial=options["partial"]) and not options["dry_run"]
        for line in report_lines(plan, now=timezone.now(), applied=applied, as_json=options["json"]):
            self.stdout.write(line)
        for line in () if options["json"] else trouble_lines(plan):
            self.stderr.write(line)
        self.stdout.flush()
