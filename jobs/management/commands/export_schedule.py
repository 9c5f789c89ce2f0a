"""``manage.py export_schedule``: the jobs as a schedule file, or as rows that stock celery beat can run."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from jobs.actions.revealing import reveal_all
from jobs.importers.export_celery_beat import export_celery_beat
from jobs.importers.export_json import export_json
from jobs.management.cli.job_verbs import actor


class Command(BaseCommand):
    help = "Write the jobs as a schedule file to the output, or as disabled periodic tasks to the database."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--format",
            choices=("json", "celery_beat"),
            default="json",
            help="json: a schedule file (default); celery_beat: django-celery-beat's PeriodicTask rows, disabled",
        )

        parser.add_argument("--reveal", action="store_true", help="json: write the secrets too; the audit notes it")

    def handle(self, *args: Any, **options: Any) -> None:
        self._write_rows() if options["format"] == "celery_beat" else self._write_file(options["reveal"])

    def _write_file(self, reveals: bool) -> None:
        veil = reveal_all(actor=actor(), now=timezone.now()) if reveals else None
        for piece in export_json(veil):
            self.stdout.write(piece, ending="")

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
