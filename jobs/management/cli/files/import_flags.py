"""The words of ``import_schedule``."""

from __future__ import annotations

from argparse import ArgumentParser, BooleanOptionalAction
from typing import Any

from django.core.management.base import CommandError

from jobs.errors import ScheduleError
from jobs.importers.contents.base import Hints
from jobs.schedules.zones import zone_named

# What is asked for its jobs, and is no file.
ASKED = ("celery_app", "from_grpc", "from_url", "from_redbeat")
FILES = (
    "schedule.json of gsched or taskmanager, an export, a crontab, a beat_schedule, or a "
    "dump of django_celery_beat"
)


def add_flags(parser: ArgumentParser) -> None:
    parser.add_argument("files", nargs="*", metavar="FILE", help=FILES)
    parser.add_argument(
        "--dry-run", action="store_true", help="show what would change; change nothing"
    )
    parser.add_argument(
        "--partial", action="store_true", help="import the good jobs although others are wrong"
    )
    parser.add_argument(
        "--prune", action="store_true", help="pause the jobs that a file owns and no longer has"
    )
    parser.add_argument(
        "--watch", action="store_true", help="import whenever a file is saved; implies --prune"
    )
    parser.add_argument("--json", action="store_true", help="one JSON object a line")
    parser.add_argument(
        "--timezone",
        default="",
        metavar="ZONE",
        help="of files that name none; default: the site's TIME_ZONE",
    )
    parser.add_argument(
        "--user-column",
        action=BooleanOptionalAction,
        help="whether crontabs have one; default: seen from the lines",
    )
    _add_sources(parser)


def _add_sources(parser: ArgumentParser) -> None:
    """What is asked for its jobs beside files; each may be given more than once."""
    for flag, metavar, text in (
        ("--celery-app", "MODULE:APP", "import this app and read its schedule"),
        ("--from-grpc", "HOST:PORT", "ask a running DTS-Go for its jobs"),
        (
            "--from-url",
            "URL",
            "ask a running GoDispatch, distributed-job-scheduler or DTS-Go for its jobs",
        ),
        ("--from-redbeat", "REDIS_URL", "read the entries of RedBeat"),
    ):
        parser.add_argument(flag, action="append", default=[], metavar=metavar, help=text)


def refuse_odd(options: dict[str, Any]) -> None:
    """Raise CommandError for words that do not go together."""
    if options["watch"] and options["dry_run"]:
        raise CommandError("--watch applies what it sees: it does not go with --dry-run")
    asked = [word for word in ASKED if options[word]]
    if options["watch"] and asked:
        raise CommandError(
            f"--watch follows files: it does not go with --{asked[0].replace('_', '-')}"
        )
    if not (options["files"] or asked):
        raise CommandError("name a file, or an app with --celery-app, or a system with --from-…")


def read_hints(options: dict[str, Any]) -> Hints:
    """What the words say of the files; raises CommandError for an unknown zone."""
    zone = options["timezone"]
    try:
        return Hints(zone_named(zone).key if zone else "", options["user_column"])
    except ScheduleError as error:
        raise CommandError(f"--timezone: {error}") from None
