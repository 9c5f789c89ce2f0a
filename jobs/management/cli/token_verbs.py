"""``manage.py create_token`` and ``manage.py token``: API tokens from the command line."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.utils.timezone import now

from jobs.actions.people.tokens import USUAL_DAYS, create_token, revoke_token
from jobs.management.cli.job_verbs import actor
from jobs.management.cli.output import as_json, as_sheet, as_table
from jobs.management.cli.verbs import Verb
from jobs.queries.access.tokens import find_token, find_user, token_fields, tokens_of

COLUMNS = ("prefix", "user", "name", "scopes", "tags", "expires_at", "last_used_at", "last_used_from", "revoked_at")


class Create(Verb):
    name, help = "create", "Make an API token of a user, and print its secret, this once."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("user", metavar="USER", help="whose rights it has")
        parser.add_argument("--name", required=True, help="what it is for")
        parser.add_argument("--role", action="append", default=[], help="no more than this role may")
        parser.add_argument(
            "--scope", action="append", default=[], help="no more than this permission: beatwright.run_job"
        )
        parser.add_argument("--tags", default="", help="only jobs with one of these tags, with commas between them")
        parser.add_argument("--expires-days", type=int, default=USUAL_DAYS, help="how long it is good; default 90")
        parser.add_argument("--json", action="store_true", help="print JSON")

    def run(self, options: dict[str, Any]) -> str:
        created = create_token(
            find_user(options["user"]),
            name=options["name"],
            actor=actor(),
            now=now(),
            scopes=[*options["role"], *options["scope"]],
            tags=[tag.strip() for tag in options["tags"].split(",") if tag.strip()],
            days=options["expires_days"],
        )
        if options["json"]:
            return as_json(token_fields(created.token) | {"secret": created.secret})
        return created.secret


class List(Verb):
    name, help = "list", "List the API tokens, those in use first."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--user", help="those of this user")
        parser.add_argument("--json", action="store_true", help="print JSON")

    def run(self, options: dict[str, Any]) -> str:
        rows = [token_fields(token) for token in tokens_of(options["user"], actor=actor())]
        return as_json(rows) if options["json"] else as_table(rows, COLUMNS)


class Revoke(Verb):
    name, help = "revoke", "End an API token at once."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("token", metavar="TOKEN", help="its name, or its prefix as `token list` shows it")
        parser.add_argument("--json", action="store_true", help="print JSON")

    def run(self, options: dict[str, Any]) -> str:
        token = find_token(options["token"])
        revoke_token(token, actor=actor(), now=now())
        row = token_fields(find_token(token.prefix))
        return as_json(row) if options["json"] else as_sheet(row)
