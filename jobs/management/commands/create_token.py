"""``manage.py create_token USER``: a new API token, whose secret is printed once."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from jobs.management.cli.token_verbs import Create
from jobs.management.verb_command import run_verb


class Command(BaseCommand):
    help = Create.help

    def add_arguments(self, parser: CommandParser) -> None:
        Create().add_arguments(parser)

    def handle(self, *args: Any, **options: Any) -> str:
        return run_verb(Create(), options)
