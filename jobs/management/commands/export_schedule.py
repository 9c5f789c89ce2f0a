"""``manage.py export_schedule``: the jobs as a schedule file, or as rows that stock celery beat can run."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from jobs.errors import DomainError
from jobs.importers.export_celery_beat import export_celery_beat
from jobs.importers.export_json import export_json
from jobs.management.cli.progress import Progress
from jobs.management.remote.client import Remote
from jobs.management.remote.files import SECRETS_HIDDEN, exported
from jobs.management.verb_command import elsewhere, said_plainly


class Command(BaseCommand):
    help = "Write the jobs as a schedule file to the output, or as disabled periodic tasks to the database."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--format",
            choices=("json", "celery_beat"),
            default="json",
            help="json: a schedule file (default); celery_beat: django-celery-beat's PeriodicTask rows, disabled",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        with said_plainly(), elsewhere() as remote:
            if options["format"] == "json":
                self._write_file(remote)
            elif remote is None:
                self._write_rows()
            else:
                told = "celery_beat writes rows into the database, which SCHEDULER_URL does not reach"
                raise DomainError(told, field="format", hint="run it on that machine, or export json")

    def _write_file(self, remote: Remote | None) -> None:
        with Progress("exporting") as progress:
            pieces = export_json() if remote is None else exported(remote)
            text = "".join(progress.counting(pieces))
        self.stdout.write(text, ending="")
        if remote is not None and SECRETS_HIDDEN in text:
            self.stderr.write("note: secrets are masked; a token of somebody who may see them exports them too")

    def _write_rows(self) -> None:
        outcome = export_celery_beat(now=timezone.now())
        for name, reason in outcome.refused:
            self.stderr.write(f"not exported: {name!r}: {reason}")
        for name, note in outcome.notes:
            self.stderr.write(f"note: {name!r}: {note}")
        self.stdout.write(
            f"{outcome.written} periodic tasks written, all disabled; "
            f"{outcome.removed} outdated ones removed, {len(outcome.refused)} jobs not exported"
        )
