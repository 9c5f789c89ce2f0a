"""``manage.py create_token USER``: a new API token, whose secret is printed once."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from jobs.errors import DomainError
from jobs.management.cli.token_verbs import Create


class Command(BaseCommand):
    help = Create.help

    def add_arguments(self, parser: CommandParser) -> None:
        Create().add_arguments(parser)

    def handle(self, *args: Any, **options: Any) -> str:
        try:
            return Create().run(options)
        except DomainError as error:
            raise CommandError(f"{error.field}: {error}" if error.field else str(error)) from error
