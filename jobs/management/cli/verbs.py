"""Commands made of verbs (``job create``, ``run get``): one class per verb, one parser for all."""

from __future__ import annotations

from abc import ABC, abstractmethod
from argparse import ArgumentParser
from typing import Any, ClassVar

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import OperationalError, ProgrammingError

from jobs.actions.checking import InvalidJob
from jobs.errors import DomainError, NotFound

# Exit statuses beside 0, and 2 for words that the parser does not take.
REFUSED, NOT_FOUND, AWAY = 1, 3, 4


class Verb(ABC):
    """One verb of a command: its name and help, its arguments, and what it answers as a text."""

    name: ClassVar[str]
    help: ClassVar[str]

    @abstractmethod
    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare what the verb takes."""

    @abstractmethod
    def run(self, options: dict[str, Any]) -> str:
        """Do it and return what is printed; raises DomainError."""


class VerbCommand(BaseCommand):
    """A management command that hands over to the verb that was named."""

    verbs: ClassVar[tuple[type[Verb], ...]]

    def add_arguments(self, parser: CommandParser) -> None:
        """One sub-parser per verb."""
        subparsers = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
        for verb in self.verbs:
            verb().add_arguments(subparsers.add_parser(verb.name, help=verb.help, description=verb.help))

    def handle(self, *args: Any, **options: Any) -> str:
        """Run the verb."""
        verb = next(verb for verb in self.verbs if verb.name == options["verb"])
        return run_verb(verb(), options)


def run_verb(verb: Verb, options: dict[str, Any]) -> str:
    """What the verb answers; what it cannot do is a CommandError that names the field and has an exit status."""
    try:
        return verb.run(options)
    except InvalidJob as error:
        text = "\n".join(f"{problem.field}: {problem}" for problem in error.problems)
        raise CommandError(text, returncode=REFUSED) from error
    except DomainError as error:
        status = NOT_FOUND if isinstance(error, NotFound) else REFUSED
        raise CommandError(f"{error.field}: {error}" if error.field else str(error), returncode=status) from error
    except (OperationalError, ProgrammingError) as error:
        raise CommandError(f"database: {error}; `manage.py doctor` says what to do", returncode=AWAY) from error
