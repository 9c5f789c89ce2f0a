"""Verbs: commands are made of them (``job create``, ``run get``), one class each."""

from __future__ import annotations

from abc import ABC, abstractmethod
from argparse import ArgumentParser
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from jobs.management.cli.output import as_json, as_sheet, as_table
from jobs.management.cli.progress import Progress
from jobs.management.client import Client, Refusal

Options = dict[str, Any]


class Verb(ABC):
    """One verb of a command: its name and help, its arguments, one request of the API, and one
    printout.
    """

    name: ClassVar[str]
    help: ClassVar[str]
    json_help: ClassVar[str] = "print JSON"
    #: What a person sees while it takes long.
    doing: ClassVar[str] = "waiting for the answer"
    #: Of a table; without them, what is answered is one sheet.
    columns: ClassVar[Sequence[str]] = ()
    #: Names of the API's fields, and what the verb calls them.
    words: ClassVar[Mapping[str, str]] = {}

    def add_arguments(self, parser: ArgumentParser) -> None:  # noqa: B027 - a verb may take nothing
        """Declare what the verb takes, but for --json."""

    @abstractmethod
    def ask(self, api: Client, options: Options) -> Any:
        """Ask it of the API, and return what --json prints; raises DomainError."""

    def text(self, answer: Any) -> str:
        """The answer for people."""
        return as_table(answer, self.columns) if self.columns else as_sheet(answer)

    def run(self, api: Client, options: Options) -> str:
        """Ask, and return what is printed; raises DomainError in the verb's own words."""
        try:
            with Progress(self.doing):
                answer = self.ask(api, options)
        except Refusal as refusal:
            raise refusal.reworded(self.words) from None
        return as_json(answer) if options["json"] else self.text(answer)
