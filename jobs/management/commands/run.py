"""``manage.py run VERB``: look at runs."""

from jobs.management.cli import listings
from jobs.management.cli.verbs import VerbCommand


class Command(VerbCommand):
    """One verb a call; a run is named by its id."""

    help = "Look at runs."
    verbs = (listings.GetRun, listings.Logs)
