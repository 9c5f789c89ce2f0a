"""``manage.py bulk VERB``: operations on everything that a filter matches."""

from jobs.management.cli.site import bulk_verbs
from jobs.management.verb_command import VerbCommand


class Command(VerbCommand):
    """One verb a call; the scheduler works the operations off."""

    help = "Do one thing to all that a filter matches; list, show and cancel such operations."
    verbs = (bulk_verbs.Begin, bulk_verbs.List, bulk_verbs.Get, bulk_verbs.Cancel)
