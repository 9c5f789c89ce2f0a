"""A management command made of verbs: asked of this machine's own API, in this process, or of
another machine's.
"""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, ClassVar

from django.core.management.base import CommandError, CommandParser
from django.db import OperationalError, ProgrammingError

from jobs import conf
from jobs.errors import DomainError, InvalidFields, NotFound
from jobs.management.cli.verbs import Verb
from jobs.management.client import Client, HereClient, Unreachable
from jobs.management.hinting_parser import HintingParser
from jobs.management.plain import PlainCommand

# Exit statuses beside 0, and 2 for words that the parser does not take.
REFUSED, NOT_FOUND, AWAY = 1, 3, 4


class VerbCommand(PlainCommand):
    """A management command that hands over to the verb that was named, or to its ``usual`` one if
    it has one.
    """

    # a third of a second each time; `manage.py check` and every worker make them
    requires_system_checks = ()
    verbs: ClassVar[tuple[type[Verb], ...]]
    usual: ClassVar[type[Verb] | None] = None

    def add_arguments(self, parser: CommandParser) -> None:
        """One sub-parser per verb."""
        if self.usual:
            _add_arguments(self.usual(), parser)
        subparsers = parser.add_subparsers(
            dest="verb",
            required=self.usual is None,
            metavar="VERB",
            parser_class=HintingParser,
        )
        for verb in self.verbs:
            _add_arguments(
                verb(), subparsers.add_parser(verb.name, help=verb.help, description=verb.help)
            )

    def handle(self, *args: Any, **options: Any) -> str:
        """Run the verb."""
        verb = next(
            (verb for verb in self.verbs if verb.name == options["verb"]),
            self.usual or self.verbs[0],
        )
        return run_verb(verb(), options)


class OneVerbCommand(PlainCommand):
    """A management command that is one verb by itself."""

    requires_system_checks = ()  # as above
    verb: ClassVar[type[Verb]]

    def add_arguments(self, parser: CommandParser) -> None:
        _add_arguments(self.verb(), parser)

    def handle(self, *args: Any, **options: Any) -> str:
        """Run the verb."""
        return run_verb(self.verb(), options)


def run_verb(verb: Verb, options: dict[str, Any]) -> str:
    """What the verb answers, here or on the machine of SCHEDULER_URL; raises CommandError as
    ``said_plainly`` does.
    """
    with said_plainly(), elsewhere() as remote:
        return verb.run(remote or HereClient(), options)


@contextmanager
def elsewhere() -> Iterator[Client | None]:
    """The machine that SCHEDULER_URL names; None where it names none, and this one is meant."""
    config = conf.get()
    if not config.scheduler_url:
        yield None
        return
    remote = Client(config.scheduler_url, config.scheduler_token)
    try:
        yield remote
    finally:
        remote.close()


@contextmanager
def said_plainly() -> Iterator[None]:
    """What cannot be done is a CommandError that names the field and has an exit status."""
    try:
        yield
    except InvalidFields as error:
        raise CommandError("\n".join(map(_line, error.problems)), returncode=REFUSED) from error
    except DomainError as error:
        raise CommandError(
            _line(error), returncode=NOT_FOUND if isinstance(error, NotFound) else REFUSED
        ) from error
    except Unreachable as error:
        raise CommandError(str(error), returncode=AWAY) from error
    except (OperationalError, ProgrammingError) as error:
        raise CommandError(
            f"database: {error}; `manage.py doctor` says what to do", returncode=AWAY
        ) from error


def _line(error: DomainError) -> str:
    return f"{error.field}: {error}" if error.field else str(error)


def _add_arguments(verb: Verb, parser: ArgumentParser) -> None:
    verb.add_arguments(parser)
    parser.add_argument("--json", action="store_true", help=verb.json_help)
