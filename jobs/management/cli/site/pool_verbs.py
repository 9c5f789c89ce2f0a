"""``manage.py pool``: what each pool has and what of it is in use; making, changing and removing
them.
"""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from jobs.actions.pools import LIMITS
from jobs.errors import DomainError
from jobs.management.cli.job.job_flags import whole_number
from jobs.management.cli.output import Row, as_sheet, as_table
from jobs.management.cli.verbs import Options, Verb
from jobs.management.client import Client, in_path
from jobs.queries.paging import capped

NO_LIMIT = "none"


class ListPools(Verb):
    name, help = (
        "list",
        "List the pools: of each limit what is in use, how many runs wait, how many jobs name it.",
    )
    json_help = "print JSON; 1001 waiting means more than 1000"
    columns = ("name", *LIMITS, "waiting", "jobs", "description")

    def ask(self, api: Client, options: Options) -> Any:
        return api.results("pools/")

    def text(self, answer: Any) -> str:
        return as_table(map(_shown, answer), self.columns)


class GetPool(Verb):
    name, help = "get", "Show one pool."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("pool", metavar="NAME", help="the pool's name")

    def ask(self, api: Client, options: Options) -> Any:
        return api.get(_path(options))

    def text(self, answer: Any) -> str:
        return as_sheet(_shown(answer))


class CreatePool(GetPool):
    name, help = "create", "Make a pool; what is not given is not limited."

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--description", help="what it stands for")
        for field in LIMITS:
            what = (
                "so many runs at once"
                if field == "slots"
                else f"so much {field} for its runs together"
            )
            parser.add_argument(
                f"--{field}", metavar="NUMBER", help=f"{what}; {NO_LIMIT}: no limit"
            )

    def ask(self, api: Client, options: Options) -> Any:
        return api.post("pools/", _values(options) | {"name": options["pool"]})


class UpdatePool(CreatePool):
    name, help = "update", "Change a pool's limits or description."

    def ask(self, api: Client, options: Options) -> Any:
        return api.patch(_path(options), _values(options))


class DeletePool(GetPool):
    name, help = "delete", "Remove a pool that no job names."

    def ask(self, api: Client, options: Options) -> Any:
        api.delete(_path(options))
        return {"name": options["pool"], "result": "deleted"}

    def text(self, answer: Any) -> str:
        return as_sheet(answer)


def _path(options: Options) -> str:
    return f"pools/{in_path(options['pool'])}/"


def _values(options: Options) -> Row:
    """The fields that were given, read; raises DomainError naming the field of one that cannot be
    read.
    """
    given = {name: options[name] for name in ("description", *LIMITS) if options[name] is not None}
    return {
        name: text if name == "description" else _limit(name, text) for name, text in given.items()
    }


def _shown(row: Row) -> Row:
    """``2 of 5`` where there is a limit, what is in use where there is none."""
    used = {
        name: str(taken) if row[name] is None else f"{taken} of {row[name]}"
        for name, taken in row["used"].items()
    }
    rest = {name: value for name, value in row.items() if name != "used"}
    return rest | used | {"waiting": capped(row["waiting"])}


def _limit(field: str, text: str) -> int | None:
    if text.lower() == NO_LIMIT:
        return None
    try:
        return whole_number(text)
    except ValueError:
        raise DomainError(
            f"must be a whole number, or {NO_LIMIT} for no limit", field=field
        ) from None
