"""``manage.py forecast``: when most runs start."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from jobs.errors import DomainError
from jobs.management.cli.output import as_table
from jobs.management.cli.verbs import Options, Verb
from jobs.management.client import Client
from jobs.moments import iso, read_moment

SHOWN = 20


class ForecastStarts(Verb):
    name, help = "forecast", "Show how many runs start when, the busiest minutes first."
    json_help = "print JSON, with every minute in which a run starts"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--search", default="", help="words that name, task or tags contain")
        parser.add_argument("--queue", default="", help="only jobs of this queue")
        parser.add_argument("--tag", default="", help="only jobs with this tag")
        parser.add_argument(
            "--from", dest="start", metavar="ISO", help="from this date-time on (default: now)"
        )
        parser.add_argument(
            "--to", dest="end", metavar="ISO", help="until then (default: a day later)"
        )

    def ask(self, api: Client, options: Options) -> Any:
        wanted = {name: options[name] for name in ("search", "queue", "tag") if options[name]}
        for name, field in (("start", "from"), ("end", "to")):
            if options[name]:
                wanted[field] = _moment(options[name], field)
        return api.get("forecast/", **wanted)

    def text(self, answer: Any) -> str:
        """A sentence, and the busiest minutes."""
        more = "" if answer["is_complete"] else ", and more"
        told = (
            f"{answer['starts']:,} starts of {answer['jobs']:,} jobs{more} "
            f"from {answer['from']} to {answer['to']}"
        )
        busiest = sorted(answer["minutes"], key=lambda row: (-row["starts"], row["at"]))
        return "\n".join([told, as_table(busiest[:SHOWN], ("at", "starts"))])


def _moment(text: str, field: str) -> str:
    try:
        return iso(read_moment(text))
    except ValueError as error:
        raise DomainError(str(error), field=field) from error
