"""``manage.py channel``: where notices go. Addresses come from a file, a pipe or a prompt."""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from getpass import getpass
from pathlib import Path
from typing import Any

from jobs.errors import DomainError
from jobs.management.cli.output import Row, as_sheet
from jobs.management.cli.verbs import Options, Verb
from jobs.management.client import Client, in_path
from jobs.models import ChannelKind
from jobs.notices.channels.target import LONGEST_ADDRESS, new_signing_key


class ListChannels(Verb):
    name, help = "list", "List the channels: where each leads, and what it said last."
    columns = ("name", "kind", "leads_to", "enabled", "waiting", "failing_since", "answer")

    def ask(self, api: Client, options: Options) -> Any:
        return api.results("channels/")


class GetChannel(Verb):
    name, help = "get", "Show one channel; nothing shows its address and its key."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("channel", metavar="NAME", help="the channel's name")

    def ask(self, api: Client, options: Options) -> Any:
        return api.get(_path(options))


class UpdateChannel(GetChannel):
    name, help = "update", "Change a channel's description or key, or switch it on or off."

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--description", help="who reads it")
        parser.add_argument(
            "--key-file", metavar="PATH", help="a file with the key that signs a webhook"
        )
        switch = parser.add_mutually_exclusive_group()
        switch.add_argument("--on", dest="enabled", action="store_true", default=None)
        switch.add_argument("--off", dest="enabled", action="store_false")

    def ask(self, api: Client, options: Options) -> Any:
        return api.patch(_path(options), _given(options))


class SetChannel(UpdateChannel):
    name, help = (
        "set",
        "Make a channel, or give one a new address: from a pipe, a file or a prompt.",
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--kind", choices=ChannelKind.values, help="of a new one")
        parser.add_argument("--file", metavar="PATH", help="read the address from this file")

    def run(self, api: Client, options: Options) -> str:
        """The address first: nothing moves on the terminal while it is typed."""
        return super().run(api, options | {"address": _address(options)})

    def ask(self, api: Client, options: Options) -> Any:
        values = _given(options) | {"address": options["address"]}
        if options["channel"] in {row["name"] for row in api.results("channels/")}:
            return api.patch(_path(options), values)
        if not options["kind"]:
            raise DomainError("is required for a new channel", field="kind")
        new = {"name": options["channel"], "kind": options["kind"]}
        return api.post("channels/", values | new)


class DeleteChannel(GetChannel):
    name, help = "delete", "Remove a channel that no route leads to."

    def ask(self, api: Client, options: Options) -> Any:
        api.delete(_path(options))
        return {"name": options["channel"], "result": "deleted"}


class TryChannelNow(GetChannel):
    name, help = "test", "Send a test, and print what the channel says to it."
    doing = "waiting for the channel"

    def ask(self, api: Client, options: Options) -> Any:
        return api.post(f"{_path(options)}test/")

    def text(self, answer: Any) -> str:
        """Raises DomainError where it was not sent."""
        if not answer["sent"]:
            raise DomainError(f"not sent: {answer['answer']}", field="channel")
        return as_sheet({"sent": "yes", "answer": answer["answer"]})


class NewSigningKey(Verb):
    """Made here, whatever SCHEDULER_URL says."""

    name, help = "new-key", "Print a new key for a webhook. Nothing is stored."

    def ask(self, api: Client, options: Options) -> Any:
        return {"key": new_signing_key()}

    def text(self, answer: Any) -> str:
        return str(answer["key"])


def _path(options: Options) -> str:
    return f"channels/{in_path(options['channel'])}/"


def _given(options: Options) -> Row:
    given = {name: options[name] for name in ("description", "enabled")}
    if options["key_file"] is not None:
        given["key"] = _of_path(options["key_file"], "key-file")
    return {name: value for name, value in given.items() if value is not None}


def _address(options: Options) -> str:
    if options["file"] is not None:
        return _of_path(options["file"], "file")
    if sys.stdin.isatty():
        return getpass("Address: ").strip()
    return sys.stdin.read(LONGEST_ADDRESS + 2).strip()


def _of_path(path: str, field: str) -> str:
    try:
        with Path(path).open(encoding="utf-8") as file:
            return file.read(LONGEST_ADDRESS + 2).strip()
    except (OSError, UnicodeDecodeError) as error:
        raise DomainError(f"{path}: {error}", field=field) from None
