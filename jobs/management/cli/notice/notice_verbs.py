"""``manage.py notice``: what was told, to whom, and what came of it."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from jobs.management.cli.job.job_flags import whole_number
from jobs.management.cli.verbs import Options, Verb
from jobs.management.client import Client, in_path
from jobs.models import NoticeState


class ListNotices(Verb):
    name, help = "list", "List the notices, the newest first."
    columns = ("created_at", "state", "channel", "attempts", "title", "answer", "id")

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--state", choices=NoticeState.values, help="only those in this state")
        parser.add_argument("--channel", help="only those for this channel")
        parser.add_argument("--route", help="only those of this route")
        parser.add_argument("--limit", type=whole_number, default=50, help="at most so many")

    def ask(self, api: Client, options: Options) -> Any:
        names = ("state", "channel", "route")
        asked = {name: options[name] for name in names if options[name] is not None}
        return api.rows("notices/", limit=options["limit"], **asked)


class GetNotice(Verb):
    name, help = "get", "Show one notice with its text."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("notice", metavar="ID", help="the notice's id")

    def ask(self, api: Client, options: Options) -> Any:
        return api.get(f"notices/{in_path(options['notice'])}/")
