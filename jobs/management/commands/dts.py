"""``manage.py dts job VERB``: DTS-Go's command line as it is."""

from django.core.management.base import CommandParser

from jobs.management.cli import dts_go
from jobs.management.verb_command import VerbCommand


class Command(VerbCommand):
    """Its words stand behind ``dts``: ``alias dts='./manage.py dts'`` in place of its own
    program.
    """

    help = "DTS-Go's own command line: job create, get, list, update and delete."
    verbs = (dts_go.DtsCreate, dts_go.DtsGet, dts_go.DtsList, dts_go.DtsUpdate, dts_go.DtsDelete)
    noun = "job"

    def add_arguments(self, parser: CommandParser) -> None:
        """What it acts on comes first, as there."""
        parser.add_argument("noun", choices=[self.noun], metavar=self.noun, help="what it acts on")
        super().add_arguments(parser)
