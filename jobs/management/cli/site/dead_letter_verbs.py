"""``manage.py dead_letters``: runs that failed for good, listed, grouped, requeued, discarded."""

from __future__ import annotations

from abc import abstractmethod
from argparse import ArgumentParser
from typing import Any

from jobs.errors import DomainError
from jobs.management.cli.job.job_verbs import noted
from jobs.management.cli.output import Row, as_sheet, as_table
from jobs.management.cli.reading import read_id, read_limit, read_params, read_place
from jobs.management.cli.verbs import Options, Verb
from jobs.management.client import Client

MOST_IDS = 500  # as many as one request may name


class ListDeadLetters(Verb):
    name, help = "list", "List the dead letters, newest first."
    columns = ("id", "job_name", "state", "finished_at", "attempt", "error", "fingerprint")

    def add_arguments(self, parser: ArgumentParser) -> None:
        _add_filter(parser)
        parser.add_argument("--page-size", type=int, default=100, help="how many at the most")
        parser.add_argument(
            "--last-id", default="", help="go on after this one, the last of the page before"
        )

    def ask(self, api: Client, options: Options) -> Any:
        limit, after = read_limit(options["page_size"]), read_place(options["last_id"])
        return [
            noted(row)
            for row in api.rows("dead-letters/", limit=limit, after=after, **_filter(api, options))
        ]


class GroupDeadLetters(Verb):
    name, help = "groups", "Group the newest 10,000 dead letters by the kind of their error."
    columns = ("fingerprint", "count", "jobs", "last_seen", "error")

    def add_arguments(self, parser: ArgumentParser) -> None:
        _add_filter(parser)

    def ask(self, api: Client, options: Options) -> Any:
        return api.results("dead-letters/groups/", **_filter(api, options))

    def text(self, answer: Any) -> str:
        return as_table(map(_shown, answer), self.columns)


class ResolvingVerb(Verb):
    """A verb about the dead letters chosen by --job, --fingerprint and --id, or about --all of
    them.
    """

    def add_arguments(self, parser: ArgumentParser) -> None:
        _add_filter(parser)
        parser.add_argument(
            "--id", dest="ids", action="append", metavar="ID", help="this one; may be repeated"
        )
        parser.add_argument(
            "--all", action="store_true", help="all there are, where nothing else is chosen"
        )
        parser.add_argument(
            "--dry-run", action="store_true", help="say what would be done; change nothing"
        )

    def ask(self, api: Client, options: Options) -> Any:
        chosen = _filter(api, options) | ({"ids": _ids(options)} if options["ids"] else {})
        if bool(chosen) == options["all"]:
            raise DomainError("choose with --job, --fingerprint and --id, or --all", field="all")
        how = {"all": options["all"], "dry_run": options["dry_run"]} | self.how(options)
        return api.post(f"dead-letters/{self.name}/", chosen | how)

    @abstractmethod
    def how(self, options: Options) -> Row:
        """What else is sent."""

    def text(self, answer: Any) -> str:
        """The count under ``would_…`` where nothing was done; that there are more, only where there
        are.
        """
        counted = f"{self.name.rstrip('e')}ed"
        done = {f"would_{self.name}" if answer["dry_run"] else counted: answer[counted]}
        rest = {
            name: value
            for name, value in answer.items()
            if name not in {counted, "dry_run"} and value
        }
        return as_sheet(done | rest)


class Requeue(ResolvingVerb):
    name, help = "requeue", "Run dead letters again and resolve them."
    doing = "requeueing"

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--params", help="params instead of their own, a JSON object")
        parser.add_argument("--rate", type=float, metavar="N", help="spread them: N a second")

    def how(self, options: Options) -> Row:
        how = {"params": read_params(options["params"]), "rate": options["rate"]}
        return {name: value for name, value in how.items() if value is not None}


class Discard(ResolvingVerb):
    name, help = "discard", "Resolve dead letters without running them again."
    doing = "discarding"

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--reason", default="", help="why; required")

    def how(self, options: Options) -> Row:
        return {"reason": options["reason"]}


class TakeBackDiscarding(Verb):
    name, help = (
        "undo-discard",
        "Let discarded runs be dead letters again; what was requeued stays as it is.",
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "ids", nargs="+", metavar="ID", help="the runs' ids; `run get` and the audit show them"
        )

    def ask(self, api: Client, options: Options) -> Any:
        return api.post("dead-letters/undo-discard/", {"ids": _ids(options)})


def _add_filter(parser: ArgumentParser) -> None:
    parser.add_argument("--job", default="", metavar="NAME", help="those of this job")
    parser.add_argument(
        "--fingerprint", metavar="HEX", help="those of this kind of error; `groups` lists the kinds"
    )


def _filter(api: Client, options: Options) -> Row:
    """An empty fingerprint is that of errors without one."""
    job = {"job": api.job_id(options["job"])} if options["job"] else {}
    return job | ({} if options["fingerprint"] is None else {"fingerprint": options["fingerprint"]})


def _ids(options: Options) -> list[str]:
    """Those that were given, each once."""
    if len(options["ids"]) > MOST_IDS:
        raise DomainError(f"at most {MOST_IDS:,} at once", field="ids")
    return list(dict.fromkeys(str(read_id(text, "id")) for text in options["ids"]))


def _shown(group: Row) -> Row:
    more = group["job_count"] - len(group["jobs"])
    names = ", ".join(group["jobs"]) + (f" and {more} more" if more else "")
    return group | {
        "jobs": names,
        "count": f"{group['count']:,}+" if group["more"] else str(group["count"]),
    }
