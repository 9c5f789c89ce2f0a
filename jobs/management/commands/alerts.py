"""``manage.py alerts [VERB]``: what needs attention now."""

from jobs.management.cli.site import alert_verbs
from jobs.management.verb_command import VerbCommand


class Command(VerbCommand):
    """The leader opens and closes alerts; people acknowledge them."""

    help = "List what needs attention, and acknowledge it. Without a verb: list."
    verbs = (
        alert_verbs.ListAlerts,
        alert_verbs.ListCauses,
        alert_verbs.Acknowledging,
        alert_verbs.TakeBackAcknowledging,
    )
    usual = alert_verbs.ListAlerts
