"""``manage.py create_token`` and ``manage.py token``: API tokens from the command line."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from jobs.actions.people.tokens import USUAL_DAYS
from jobs.errors import DomainError, NotFound
from jobs.management.cli.job.job_flags import comma_list
from jobs.management.cli.verbs import Options, Verb
from jobs.management.client import Client


class CreateToken(Verb):
    name, help = "create", "Make an API token of a user, and print its secret, this once."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("user", metavar="USER", help="whose rights it has")
        parser.add_argument("--name", required=True, help="what it is for")
        parser.add_argument(
            "--role", action="append", default=[], help="no more than this role may"
        )
        parser.add_argument(
            "--scope",
            action="append",
            default=[],
            help="no more than this permission: beatwright.run_job",
        )
        parser.add_argument(
            "--tags", default="", help="only jobs with one of these tags, with commas between them"
        )
        parser.add_argument(
            "--expires-days", type=int, default=USUAL_DAYS, help="how long it is good; default 90"
        )

    def ask(self, api: Client, options: Options) -> Any:
        wanted = {name: options[name] for name in ("user", "name", "expires_days")}
        scopes = [*options["role"], *options["scope"]]
        return api.post("tokens/", wanted | {"scopes": scopes, "tags": comma_list(options["tags"])})

    def text(self, answer: Any) -> str:
        return str(answer["secret"])


class ListTokens(Verb):
    name, help = "list", "List the API tokens, those in use first."
    columns = (
        "prefix",
        "user",
        "name",
        "scopes",
        "tags",
        "expires_at",
        "last_used_at",
        "last_used_from",
        "revoked_at",
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--user", help="those of this user")

    def ask(self, api: Client, options: Options) -> Any:
        return api.results("tokens/", user=options["user"])


class RevokeOneToken(Verb):
    name, help = "revoke", "End an API token at once."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "token", metavar="TOKEN", help="its name, or its prefix as `token list` shows it"
        )

    def ask(self, api: Client, options: Options) -> Any:
        return api.post(f"tokens/{_id(api, options['token'])}/revoke/")


def _id(api: Client, text: str) -> str:
    """That of the token with this prefix, else of the one in use with this name."""
    named = [row for row in api.results("tokens/", name=text) if row["revoked_at"] is None]
    found = api.results("tokens/", prefix=text) or named
    if not found:
        raise NotFound(f"no token in use is called {text!r}", field="token")
    if len(found) > 1:
        raise DomainError(
            f"several users have a token called {text!r}", field="token", hint="give its prefix"
        )
    return str(found[0]["id"])
