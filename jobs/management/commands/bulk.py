"""``manage.py bulk VERB``: operations on everything that a filter matches."""

from jobs.management.cli.site import bulk_verbs
from jobs.management.verb_command import VerbCommand


class Command(VerbCommand):
    """One verb a call; the scheduler works the operations off."""

    help = "Do one thing to all that a filter matches; list, show and cancel such operations."
    verbs = (bulk_verbs.BeginBulk, bulk_verbs.ListBulk, bulk_verbs.GetBulk, bulk_verbs.CancelBulk)
