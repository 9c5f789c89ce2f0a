"""``manage.py secret``: what jobs name instead of holding it. Values come from a file, a pipe or a prompt."""

from __future__ import annotations

import sys
from abc import abstractmethod
from argparse import ArgumentParser
from getpass import getpass
from pathlib import Path
from typing import Any

from django.utils.timezone import now

from jobs.actions.secrets import MOST_BYTES, create_secret, delete_secret, reseal_secrets, update_secret
from jobs.errors import DomainError, SecretNotFound
from jobs.management.cli.job_flags import words
from jobs.management.cli.job_verbs import actor
from jobs.management.cli.output import Row, as_json, as_sheet, as_table
from jobs.management.cli.verbs import Verb
from jobs.queries.access.secrets import find_secret, secret_usage, secret_usages
from jobs.sealing import new_key

COLUMNS = ("name", "version", "tags", "rotated_at", "last_used_at", "uses", "jobs", "description")


class List(Verb):
    name, help = "list", "List the secrets, without their values: version, tags, when they were set and last used."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="print JSON")

    def run(self, options: dict[str, Any]) -> str:
        rows = [usage.fields() for usage in secret_usages(actor=actor(), now=now())]
        return as_json(rows) if options["json"] else as_table(rows, COLUMNS)


class SecretVerb(Verb):
    """A verb about one secret; ``act`` answers what is shown."""

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("secret", metavar="NAME", help="the secret's name")
        parser.add_argument("--json", action="store_true", help="print JSON")

    def run(self, options: dict[str, Any]) -> str:
        row = self.act(options["secret"], options)
        return as_json(row) if options["json"] else as_sheet(row)

    @abstractmethod
    def act(self, secret: str, options: dict[str, Any]) -> Row:
        """Do it and return the fields that are shown."""


class Get(SecretVerb):
    name, help = "get", "Show what is known of a secret and which jobs name it; nothing shows its value."

    def act(self, secret: str, options: dict[str, Any]) -> Row:
        return secret_usage(secret, actor=actor(), now=now()).whole()


class DescribingVerb(SecretVerb):
    """A verb with a flag for what stands beside the value."""

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--description", help="what it opens")
        parser.add_argument("--tags", help="for jobs with one of these tags alone, with commas between them")


class Set(DescribingVerb):
    name, help = "set", "Make a secret, or give one a new value: from a pipe, a file or a prompt, never as an argument."

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--file", metavar="PATH", help="read the value from this file; a last line end is left out")

    def act(self, secret: str, options: dict[str, Any]) -> Row:
        values = values_from(options) | {"value": value_from(options)}
        try:
            find_secret(secret, actor=actor())
        except SecretNotFound:
            create_secret(values | {"name": secret}, actor=actor(), now=now())
        else:
            update_secret(secret, values, actor=actor(), now=now())
        return secret_usage(secret, actor=actor(), now=now()).whole()


class Update(DescribingVerb):
    name, help = "update", "Change a secret's description or tags; its value stays."

    def act(self, secret: str, options: dict[str, Any]) -> Row:
        update_secret(secret, values_from(options), actor=actor(), now=now())
        return secret_usage(secret, actor=actor(), now=now()).whole()


class Delete(SecretVerb):
    name, help = "delete", "Remove a secret that no job names."

    def act(self, secret: str, options: dict[str, Any]) -> Row:
        delete_secret(secret, actor=actor(), now=now())
        return deleted(secret)


class Rotate(Verb):
    name, help = "rotate", "Encrypt every secret anew with the first of SECRETS_KEYS; the values stay as they are."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="print JSON")

    def run(self, options: dict[str, Any]) -> str:
        done = reseal_secrets(actor=actor(), now=now())
        return as_json(done) if options["json"] else rotated(done)


class NewKey(Verb):
    name, help = "new-key", "Print a new key for SECRETS_KEYS. Nothing is stored."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="print JSON")

    def run(self, options: dict[str, Any]) -> str:
        return as_json(made_key()) if options["json"] else made_key()["key"]


def made_key() -> dict[str, str]:
    return {"key": new_key()}


def rotated(done: dict[str, list[str]]) -> str:
    """What became of them; raises DomainError where no key opens some."""
    if done["unreadable"]:
        names = ", ".join(done["unreadable"])
        hint = "add their key, or set them anew"
        raise DomainError(f"none of the keys opens: {names}", field="SECRETS_KEYS", hint=hint)
    return f"{len(done['resealed']):,} encrypted anew; all of them are under the first key"


def deleted(secret: str) -> Row:
    return {"name": secret, "result": "deleted"}


def values_from(options: dict[str, Any]) -> Row:
    """The fields that were given beside the value."""
    given = {name: options[name] for name in ("description", "tags") if options[name] is not None}
    return given | ({"tags": words(given["tags"])} if "tags" in given else {})


def value_from(options: dict[str, Any]) -> str:
    """The value, without one line end behind it; raises DomainError for a file that cannot be read."""
    if options["file"] is not None:
        return _of_file(Path(options["file"]))
    if sys.stdin.isatty():
        return getpass("Value: ")
    return _without_end(sys.stdin.read(MOST_BYTES + 2))


def _of_file(path: Path) -> str:
    try:
        with path.open(encoding="utf-8", newline="") as file:
            return _without_end(file.read(MOST_BYTES + 2))
    except OSError as error:
        raise DomainError(f"{path}: {error.strerror}", field="file") from None
    except UnicodeDecodeError:
        raise DomainError(f"{path}: is no text in UTF-8", field="file") from None


def _without_end(text: str) -> str:
    return text.removesuffix("\n").removesuffix("\r")
