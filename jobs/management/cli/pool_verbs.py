"""``manage.py pool``: what each pool has and what of it is in use; making, changing and removing them."""

from __future__ import annotations

from abc import abstractmethod
from argparse import ArgumentParser
from collections.abc import Iterable
from typing import Any

from django.utils.timezone import now

from jobs.actions.pools import LIMITS, create_pool, delete_pool, update_pool
from jobs.errors import DomainError
from jobs.management.cli.job_flags import whole_number
from jobs.management.cli.job_verbs import actor
from jobs.management.cli.output import Row, as_json, as_sheet, as_table
from jobs.management.cli.verbs import Verb
from jobs.queries.paging import capped
from jobs.queries.pools import pool_load, pool_loads

COLUMNS = ("name", *LIMITS, "waiting", "jobs", "description")
NO_LIMIT = "none"


class List(Verb):
    name, help = "list", "List the pools: of each limit what is in use, how many runs wait, how many jobs name it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="print JSON; 1001 waiting means more than 1000")

    def run(self, options: dict[str, Any]) -> str:
        rows = [load.fields() for load in pool_loads(actor=actor(), now=now())]
        return as_json(rows) if options["json"] else table(rows)


class PoolVerb(Verb):
    """A verb about one pool; ``act`` answers what is shown."""

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("pool", metavar="NAME", help="the pool's name")
        parser.add_argument("--json", action="store_true", help="print JSON")

    def run(self, options: dict[str, Any]) -> str:
        row = self.act(options["pool"], options)
        return as_json(row) if options["json"] else sheet(row)

    @abstractmethod
    def act(self, pool: str, options: dict[str, Any]) -> Row:
        """Do it and return the fields that are shown."""


class Get(PoolVerb):
    name, help = "get", "Show one pool."

    def act(self, pool: str, options: dict[str, Any]) -> Row:
        return pool_load(pool, actor=actor(), now=now()).fields()


class WritingVerb(PoolVerb):
    """A verb with a flag for each field of a pool."""

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--description", help="what it stands for")
        for field in LIMITS:
            what = "so many runs at once" if field == "slots" else f"so much {field} for its runs together"
            parser.add_argument(f"--{field}", metavar="NUMBER", help=f"{what}; {NO_LIMIT}: no limit")


class Create(WritingVerb):
    name, help = "create", "Make a pool; what is not given is not limited."

    def act(self, pool: str, options: dict[str, Any]) -> Row:
        create_pool(values_from(options) | {"name": pool}, actor=actor(), now=now())
        return pool_load(pool, actor=actor(), now=now()).fields()


class Update(WritingVerb):
    name, help = "update", "Change a pool's limits or description."

    def act(self, pool: str, options: dict[str, Any]) -> Row:
        update_pool(pool, values_from(options), actor=actor(), now=now())
        return pool_load(pool, actor=actor(), now=now()).fields()


class Delete(PoolVerb):
    name, help = "delete", "Remove a pool that no job names."

    def act(self, pool: str, options: dict[str, Any]) -> Row:
        delete_pool(pool, actor=actor(), now=now())
        return deleted(pool)


def deleted(pool: str) -> Row:
    return {"name": pool, "result": "deleted"}


def values_from(options: dict[str, Any]) -> Row:
    """The fields that were given, read; raises DomainError naming the field of one that cannot be read."""
    given = {name: options[name] for name in ("description", *LIMITS) if options[name] is not None}
    return {name: text if name == "description" else _limit(name, text) for name, text in given.items()}


def table(rows: Iterable[Row]) -> str:
    return as_table([_shown(row) for row in rows], COLUMNS)


def sheet(row: Row) -> str:
    return as_sheet(_shown(row) if "used" in row else row)


def _shown(row: Row) -> Row:
    """``2 of 5`` where there is a limit, what is in use where there is none."""
    used = {name: str(taken) if row[name] is None else f"{taken} of {row[name]}" for name, taken in row["used"].items()}
    rest = {name: value for name, value in row.items() if name != "used"}
    return rest | used | {"waiting": capped(row["waiting"])}


def _limit(field: str, text: str) -> int | None:
    if text.lower() == NO_LIMIT:
        return None
    try:
        return whole_number(text)
    except ValueError:
        raise DomainError(f"must be a whole number, or {NO_LIMIT} for no limit", field=field) from None
