"""A management command made of verbs: here, on this machine's database, or on another machine."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, ClassVar

from django.conf import settings
from django.core.management.base import CommandError, CommandParser
from django.db import OperationalError, ProgrammingError

from jobs.errors import DomainError, InvalidFields, NotFound
from jobs.management.cli.verbs import Verb
from jobs.management.plain import PlainCommand
from jobs.management.remote.client import Remote, Unreachable
from jobs.management.remote.verbs import run_remotely

# Exit statuses beside 0, and 2 for words that the parser does not take.
REFUSED, NOT_FOUND, AWAY = 1, 3, 4


class VerbCommand(PlainCommand):
    """A management command that hands over to the verb that was named, or to its ``usual`` one if it has one."""

    requires_system_checks = ()  # a third of a second each time; `manage.py check` and every worker make them
    verbs: ClassVar[tuple[type[Verb], ...]]
    usual: ClassVar[type[Verb] | None] = None

    def add_arguments(self, parser: CommandParser) -> None:
        """One sub-parser per verb."""
        if self.usual:
            self.usual().add_arguments(parser)
        subparsers = parser.add_subparsers(dest="verb", required=self.usual is None, metavar="VERB")
        for verb in self.verbs:
            verb().add_arguments(subparsers.add_parser(verb.name, help=verb.help, description=verb.help))

    def handle(self, *args: Any, **options: Any) -> str:
        """Run the verb."""
        verb = next((verb for verb in self.verbs if verb.name == options["verb"]), self.usual or self.verbs[0])
        return run_verb(verb(), options)


class OneVerbCommand(PlainCommand):
    """A management command that is one verb by itself."""

    requires_system_checks = ()  # as above
    verb: ClassVar[type[Verb]]

    def add_arguments(self, parser: CommandParser) -> None:
        self.verb().add_arguments(parser)

    def handle(self, *args: Any, **options: Any) -> str:
        """Run the verb."""
        return run_verb(self.verb(), options)


def run_verb(verb: Verb, options: dict[str, Any]) -> str:
    """What the verb answers, here or on the machine of SCHEDULER_URL; raises CommandError as ``said_plainly`` does."""
    with said_plainly(), elsewhere() as remote:
        return verb.run(options) if remote is None else run_remotely(verb, remote, options)


@contextmanager
def elsewhere() -> Iterator[Remote | None]:
    """The machine that SCHEDULER_URL names; None where it names none, and this one is meant."""
    config = settings.CONFIG
    if not config.scheduler_url:
        yield None
        return
    remote = Remote(config.scheduler_url, config.scheduler_token)
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
        text = "\n".join(f"{problem.field}: {problem}" for problem in error.problems)
        raise CommandError(text, returncode=REFUSED) from error
    except DomainError as error:
        status = NOT_FOUND if isinstance(error, NotFound) else REFUSED
        raise CommandError(f"{error.field}: {error}" if error.field else str(error), returncode=status) from error
    except Unreachable as error:
        raise CommandError(str(error), returncode=AWAY) from error
    except (OperationalError, ProgrammingError) as error:
        raise CommandError(f"database: {error}; `manage.py doctor` says what to do", returncode=AWAY) from error
