"""``manage.py secret``: what jobs name instead of holding it.

Values come from a file, a pipe or a prompt.
"""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from getpass import getpass
from pathlib import Path
from typing import Any

from jobs.actions.secrets import MOST_BYTES
from jobs.errors import DomainError
from jobs.management.cli.job.job_flags import comma_list
from jobs.management.cli.output import Row
from jobs.management.cli.verbs import Options, Verb
from jobs.management.client import Client, in_path
from jobs.sealing import new_key


class ListSecrets(Verb):
    name, help = (
        "list",
        "List the secrets, without their values: version, tags, when they were set and last used.",
    )
    columns = (
        "name",
        "version",
        "tags",
        "rotated_at",
        "last_used_at",
        "uses",
        "jobs",
        "description",
    )

    def ask(self, api: Client, options: Options) -> Any:
        return api.results("secrets/")


class GetSecret(Verb):
    name, help = (
        "get",
        "Show what is known of a secret and which jobs name it; nothing shows its value.",
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("secret", metavar="NAME", help="the secret's name")

    def ask(self, api: Client, options: Options) -> Any:
        return api.get(_path(options))


class UpdateSecret(GetSecret):
    name, help = "update", "Change a secret's description or tags; its value stays."

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--description", help="what it opens")
        parser.add_argument(
            "--tags", help="for jobs with one of these tags alone, with commas between them"
        )

    def ask(self, api: Client, options: Options) -> Any:
        return api.patch(_path(options), _values(options))


class SetSecret(UpdateSecret):
    name, help = (
        "set",
        (
            "Make a secret, or give one a new value: from a pipe, a file or a prompt, never as an "
            "argument."
        ),
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument(
            "--file",
            metavar="PATH",
            help="read the value from this file; a last line end is left out",
        )

    def run(self, api: Client, options: Options) -> str:
        """The value first: nothing moves on the terminal while it is typed."""
        return super().run(api, options | {"value": _value(options)})

    def ask(self, api: Client, options: Options) -> Any:
        values = _values(options) | {"value": options["value"]}
        if options["secret"] in {row["name"] for row in api.results("secrets/")}:
            return api.patch(_path(options), values)
        return api.post("secrets/", values | {"name": options["secret"]})


class DeleteSecret(GetSecret):
    name, help = "delete", "Remove a secret that no job names."

    def ask(self, api: Client, options: Options) -> Any:
        api.delete(_path(options))
        return {"name": options["secret"], "result": "deleted"}


class ReencryptSecrets(Verb):
    name, help = (
        "rotate",
        "Encrypt every secret anew with the first of SECRETS_KEYS; the values stay as they are.",
    )

    def ask(self, api: Client, options: Options) -> Any:
        return api.post("secret-keys/rotate/")

    def text(self, answer: Any) -> str:
        """What became of them; raises DomainError where no key opens some."""
        if answer["unreadable"]:
            names = ", ".join(answer["unreadable"])
            hint = "add their key, or set them anew"
            raise DomainError(f"none of the keys opens: {names}", field="SECRETS_KEYS", hint=hint)
        return f"{len(answer['resealed']):,} encrypted anew; all of them are under the first key"


class NewKey(Verb):
    """Made here, whatever SCHEDULER_URL says: a key is nothing to be sent about."""

    name, help = "new-key", "Print a new key for SECRETS_KEYS. Nothing is stored."

    def ask(self, api: Client, options: Options) -> Any:
        return {"key": new_key()}

    def text(self, answer: Any) -> str:
        return str(answer["key"])


def _path(options: Options) -> str:
    return f"secrets/{in_path(options['secret'])}/"


def _values(options: Options) -> Row:
    """The fields that were given beside the value."""
    given = {name: options[name] for name in ("description", "tags") if options[name] is not None}
    return given | ({"tags": comma_list(given["tags"])} if "tags" in given else {})


def _value(options: Options) -> str:
    """The value, without one line end behind it; raises DomainError for a file that cannot be
    read.
    """
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
