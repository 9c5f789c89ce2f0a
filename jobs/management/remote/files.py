"""``import_schedule`` and ``export_schedule`` on another machine: files are read, and written,
where one types.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from jobs.errors import DomainError
from jobs.importers.contents.crontab_users import column_by_place
from jobs.importers.export.native import schedule_file
from jobs.importers.files.document import content
from jobs.importers.files.problems import Problem, UnreadableFile
from jobs.importers.report import ImportReport
from jobs.management.cli.verbs import Options
from jobs.management.client import Client, Refusal, Row
from jobs.moments import read_moment

REFUSED = "import-refused"
HERE = ("watch", "celery_app", "from_grpc", "from_url", "from_redbeat")


def imported(remote: Client, options: Options) -> tuple[ImportReport, bool]:
    """What the import did, or would do, and whether it is right; what was refused is told as a dry
    run.

    Raises DomainError for what an import from afar cannot do, and for a file that cannot be read
    here.
    """
    for word in HERE:
        if options[word]:
            raise DomainError(
                "works on this machine alone",
                field=word.replace("_", "-"),
                hint="unset SCHEDULER_URL",
            )
    files = [(Path(path).name, _read(path)) for path in options["files"]]
    try:
        answer = remote.upload("import/", files, **_wanted(options))
    except Refusal as refusal:
        if refusal.kind != REFUSED:
            raise
        answer = remote.upload("import/", files, **_wanted(options | {"dry_run": True}))
    report = _report(answer)
    return report, not report.problems or (options["partial"] and _has_any(report))


def exported(remote: Client) -> Iterator[str]:
    """The schedule file with every job that the token's owner sees, by name, in pieces."""
    return schedule_file(remote.walk("jobs/"))


def _read(path: str) -> bytes:
    try:
        return content(path)
    except UnreadableFile as error:
        raise DomainError(f"{path} {error}", field="file") from error


def _wanted(options: Options) -> dict[str, Any]:
    flags = ("dry_run", "partial", "prune", "user_column")
    words = {flag: None if options[flag] is None else str(options[flag]).lower() for flag in flags}
    if options["user_column"] is None and (column := _column(options["files"])) is not None:
        words["user_column"] = str(column).lower()
    return words | {"timezone": options["timezone"]}


def _column(paths: list[str]) -> bool | None:
    """Whether the crontabs have a user column, by the places that only this machine knows; None:
    seen from the lines.

    Raises DomainError where the places differ, as one word holds for all files of a request.
    """
    columns = {column_by_place(path) for path in paths}
    if len(columns) > 1:
        raise DomainError(
            "crontabs with and without a user column are here: import them one by one", field="file"
        )
    return next(iter(columns), None)


def _report(answer: Row) -> ImportReport:
    problems = [Problem(**trouble) for trouble in answer["problems"]]
    warnings = [Problem(**trouble) for trouble in answer["warnings"]]
    counts = {kind: answer[kind] for kind in ("new", "changed", "paused", "same")} | {
        "problems": len(problems)
    }
    return ImportReport(counts, map(_change, answer["changes"]), problems, warnings)


def _has_any(report: ImportReport) -> bool:
    return any(count for kind, count in report.counts.items() if kind != "problems")


def _change(row: Row) -> Row:
    moments = {
        name: row[name] and read_moment(row[name]) for name in ("fires", "will_fire", "would_fire")
    }
    return row | moments
