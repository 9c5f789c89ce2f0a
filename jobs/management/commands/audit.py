"""``manage.py audit VERB``: what was changed, by whom and why."""

from jobs.management.cli.site import audit_verbs
from jobs.management.verb_command import VerbCommand


class Command(VerbCommand):
    """One verb a call; nobody changes what is recorded."""

    help = "List who changed what."
    verbs = (audit_verbs.ListAudit,)
