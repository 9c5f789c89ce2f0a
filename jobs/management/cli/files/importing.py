"""What ``import_schedule`` does on this machine's database."""

from __future__ import annotations

from typing import Any

from django.utils import timezone

from jobs.importers.report import ImportReport, report_of
from jobs.importers.service import import_files, is_applied
from jobs.management.cli.files.import_flags import read_hints
from jobs.management.local_user import actor


def imported_here(options: dict[str, Any]) -> tuple[ImportReport, bool]:
    """What the import did, or would do, and whether that is right, whole or in part."""
    flags = {flag: options[flag] for flag in ("dry_run", "partial", "prune")}
    flags |= {"told": read_hints(options), "apps": options["celery_app"]}
    plan = import_files(options["files"], actor=actor(), now=timezone.now(), **flags)
    return report_of(plan, now=timezone.now()), is_applied(plan, partial=options["partial"])
