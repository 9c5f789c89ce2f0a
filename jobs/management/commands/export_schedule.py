"""``manage.py export_schedule``: the jobs as a schedule file, or as rows that stock celery beat can
run.
"""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Iterator
from typing import Any

from django.utils import timezone

from jobs.actions.masking.reveal import reveal_all
from jobs.errors import DomainError
from jobs.importers.export.celery_beat import export_celery_beat
from jobs.importers.export.native import export_json
from jobs.management.cli.progress import Progress
from jobs.management.client import Client
from jobs.management.local_user import actor
from jobs.management.plain import PlainCommand
from jobs.management.remote.files import exported
from jobs.management.verb_command import elsewhere, said_plainly


class Command(PlainCommand):
    help = (
        "Write the jobs as a schedule file to the output, or as disabled periodic tasks to "
        "the database."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--format",
            choices=("json", "celery_beat"),
            default="json",
            help="json: a schedule file (default); celery_beat: django-celery-beat's "
            "PeriodicTask rows, disabled",
        )
        parser.add_argument(
            "--reveal", action="store_true", help="json: write the secrets too; the audit notes it"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        with said_plainly(), elsewhere() as remote:
            if options["format"] == "json":
                self._write_file(self._pieces(remote, reveals=options["reveal"]))
            elif remote is None:
                self._write_rows()
            else:
                told = (
                    "celery_beat writes rows into the database, which SCHEDULER_URL does not reach"
                )
                raise DomainError(
                    told, field="format", hint="run it on that machine, or export json"
                )

    def _pieces(self, remote: Client | None, *, reveals: bool) -> Iterator[str]:
        if remote is None:
            return export_json(reveal_all(actor=actor(), now=timezone.now()) if reveals else None)
        if reveals:
            raise DomainError(
                "works on the machine of the jobs alone", field="reveal", hint="unset SCHEDULER_URL"
            )
        return exported(remote)

    def _write_file(self, pieces: Iterator[str]) -> None:
        with Progress("exporting") as progress:
            self.stdout.write("".join(progress.counting(pieces)), ending="")

    def _write_rows(self) -> None:
        outcome = export_celery_beat(now=timezone.now())
        for line in outcome.remarks():
            self.stderr.write(line)
        self.stdout.write(outcome.summary())
