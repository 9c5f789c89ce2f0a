"""``manage.py dead_letters``: runs that failed for good, listed, grouped, requeued, discarded."""

from __future__ import annotations

from abc import abstractmethod
from argparse import ArgumentParser
from dataclasses import asdict
from typing import Any
from uuid import UUID

from django.utils.timezone import now

from jobs.access.visible import visible_runs
from jobs.actions.runs.dead_letters import Requeued, discard, requeue
from jobs.actions.undo import undo_discard
from jobs.errors import DomainError
from jobs.management.cli.job_verbs import actor
from jobs.management.cli.output import as_json, as_sheet, as_table
from jobs.management.cli.progress import Progress
from jobs.management.cli.reading import read_id, read_limit, read_params
from jobs.management.cli.verbs import Verb
from jobs.queries.dead_letters import (
    DeadLetterFilter,
    DeadLetterGroup,
    dead_letter_groups,
    dead_letters_page,
    every_dead_letter,
)
from jobs.queries.fields import json_fields, run_fields
from jobs.queries.lookup import find_job

COLUMNS = ("id", "job_name", "state", "finished_at", "attempt", "error", "fingerprint")
MOST_IDS = 500  # as many as one request of the API may name
GROUP_COLUMNS = ("fingerprint", "count", "jobs", "last_seen", "error")


def add_filter(parser: ArgumentParser) -> None:
    parser.add_argument("--job", default="", metavar="NAME", help="those of this job")
    parser.add_argument("--fingerprint", metavar="HEX", help="those of this kind of error; `groups` lists the kinds")
    parser.add_argument("--json", action="store_true", help="print JSON")


def filter_of(options: dict[str, Any]) -> DeadLetterFilter:
    ids = options.get("ids")
    return DeadLetterFilter(
        job=find_job(options["job"], actor=actor()) if options["job"] else None,
        fingerprint=options["fingerprint"],
        ids=[read_id(text, "id") for text in ids] if ids else None,
    )


class List(Verb):
    name, help = "list", "List the dead letters, newest first."

    def add_arguments(self, parser: ArgumentParser) -> None:
        add_filter(parser)
        parser.add_argument("--page-size", type=int, default=100, help="how many at the most")
        parser.add_argument("--last-id", default="", help="go on after this one, the last of the page before")

    def run(self, options: dict[str, Any]) -> str:
        after = read_id(options["last_id"], "last-id") if options["last_id"] else None
        page = dead_letters_page(filter_of(options), after=after, limit=read_limit(options["page_size"]), actor=actor())
        rows = [run_fields(run) for run in page]
        return as_json(rows) if options["json"] else as_table(rows, COLUMNS)


class Groups(Verb):
    name, help = "groups", "Group the newest 10,000 dead letters by the kind of their error."

    def add_arguments(self, parser: ArgumentParser) -> None:
        add_filter(parser)

    def run(self, options: dict[str, Any]) -> str:
        groups = dead_letter_groups(filter_of(options), actor=actor())
        if options["json"]:
            return as_json([json_fields(asdict(group)) for group in groups])
        return as_table([_shown(group) for group in groups], GROUP_COLUMNS)


class Resolving(Verb):
    """A verb about the dead letters chosen by --job, --fingerprint and --id, or about --all of them."""

    def add_arguments(self, parser: ArgumentParser) -> None:
        add_filter(parser)
        parser.add_argument("--id", dest="ids", action="append", metavar="ID", help="this one; may be repeated")
        parser.add_argument("--all", action="store_true", help="all there are, where nothing else is chosen")
        parser.add_argument("--dry-run", action="store_true", help="say what would be done; change nothing")

    def run(self, options: dict[str, Any]) -> str:
        wanted = filter_of(options)
        chosen = wanted != DeadLetterFilter()
        if chosen == options["all"]:
            raise DomainError("choose with --job, --fingerprint and --id, or --all", field="all")
        row = self.resolve(wanted, options)
        return as_json(row) if options["json"] else as_sheet(row)

    @abstractmethod
    def resolve(self, wanted: DeadLetterFilter, options: dict[str, Any]) -> dict[str, Any]:
        """Do it and return what is shown."""


class Requeue(Resolving):
    name, help = "requeue", "Run dead letters again and resolve them."

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--params", help="params instead of their own, a JSON object")
        parser.add_argument("--rate", type=float, metavar="N", help="spread them: N a second")

    def resolve(self, wanted: DeadLetterFilter, options: dict[str, Any]) -> dict[str, Any]:
        with Progress("requeueing") as progress:
            done = requeue(
                progress.counting(every_dead_letter(wanted, actor=actor())),
                actor=actor(),
                now=now(),
                params=read_params(options["params"]),
                rate=options["rate"],
                dry_run=options["dry_run"],
            )
        return _report(done, dry_run=options["dry_run"])


class Discard(Resolving):
    name, help = "discard", "Resolve dead letters without running them again."

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--reason", default="", help="why; required")

    def resolve(self, wanted: DeadLetterFilter, options: dict[str, Any]) -> dict[str, Any]:
        if options["dry_run"]:
            return {"would_discard": sum(1 for _ in every_dead_letter(wanted, actor=actor()))}
        with Progress("discarding") as progress:
            chosen = progress.counting(every_dead_letter(wanted, actor=actor()))
            return {"discarded": discard(chosen, actor=actor(), reason=options["reason"], now=now())}


class UndoDiscard(Verb):
    name, help = "undo-discard", "Let discarded runs be dead letters again; what was requeued stays as it is."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("ids", nargs="+", metavar="ID", help="the runs' ids; `run get` and the audit show them")
        parser.add_argument("--json", action="store_true", help="print JSON")

    def run(self, options: dict[str, Any]) -> str:
        runs = visible_runs(actor()).filter(pk__in=ids_of(options)).select_related("job")
        row = {"undone": undo_discard(runs, actor=actor(), now=now())}
        return as_json(row) if options["json"] else as_sheet(row)


def ids_of(options: dict[str, Any]) -> list[UUID]:
    """Those that were given, each once."""
    if len(options["ids"]) > MOST_IDS:
        raise DomainError(f"at most {MOST_IDS:,} at once", field="ids")
    return list(dict.fromkeys(read_id(text, "id") for text in options["ids"]))


def _report(done: Requeued, *, dry_run: bool) -> dict[str, Any]:
    left = {str(run_id): reason for run_id, reason in done.left.items()}
    if dry_run:
        return {"would_requeue": len(done.runs), "left": left}
    return {"requeued": len(done.runs), "runs": [str(run.pk) for run in done.runs.values()], "left": left}


def _shown(group: DeadLetterGroup) -> dict[str, Any]:
    more = group.job_count - len(group.jobs)
    names = ", ".join(group.jobs) + (f" and {more} more" if more else "")
    count = f"{group.count:,}+" if group.more else str(group.count)
    return json_fields(asdict(group)) | {"jobs": names, "count": count}
