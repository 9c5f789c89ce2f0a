"""``manage.py bulk VERB``: operations on everything that a filter matches."""

from jobs.management.cli import bulk_verbs
from jobs.management.cli.verbs import VerbCommand


class Command(VerbCommand):
    """One verb a call; the console and the REST API begin them."""

    help = "List, show and cancel bulk operations."
    verbs = (bulk_verbs.List, bulk_verbs.Get, bulk_verbs.Cancel)
