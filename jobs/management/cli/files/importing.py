"""What ``import_schedule`` does on this machine's database."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from django.utils import timezone

from jobs.importers.contents.base import Hints
from jobs.importers.files.document import Document
from jobs.importers.files.problems import UnreadableFile
from jobs.importers.files.reading import Asked
from jobs.importers.report import ImportReport, report_of
from jobs.importers.service import import_files, is_applied
from jobs.importers.systems.over_http import read_url
from jobs.importers.systems.redbeat import read_redbeat
from jobs.management.cli.files.import_flags import read_hints
from jobs.management.local_user import actor


def read_grpc(address: str, told: Hints) -> Document:
    """All jobs of the DTS-Go at ``HOST:PORT``; raises UnreadableFile."""
    try:
        over_grpc = import_module("jobs.management.cli.files.over_grpc")
    except ModuleNotFoundError as error:
        hint = "pip install grpcio protobuf, which the extra grpc brings"
        raise UnreadableFile("is asked over gRPC, which is not installed", hint=hint) from error
    read: Document = over_grpc.read_grpc(address, told)
    return read


def imported_here(options: dict[str, Any]) -> tuple[ImportReport, bool]:
    """What the import did, or would do, and whether that is right, whole or in part."""
    flags = {flag: options[flag] for flag in ("dry_run", "partial", "prune")}
    systems: list[Asked] = [
        *((url, read_url) for url in options["from_url"]),
        *((at, read_grpc) for at in options["from_grpc"]),
    ]
    systems += [(url, read_redbeat) for url in options["from_redbeat"]]
    flags |= {"told": read_hints(options), "apps": options["celery_app"]}
    plan = import_files([*options["files"], *systems], actor=actor(), now=timezone.now(), **flags)
    return report_of(plan, now=timezone.now()), is_applied(plan, partial=options["partial"])
