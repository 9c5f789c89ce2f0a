"""``manage.py person VERB``: who may come in, and as what."""

from jobs.management.cli.site import person_verbs as verbs
from jobs.management.verb_command import VerbCommand


class Command(VerbCommand):
    """One verb a call."""

    help = "Invite people, list them, say what they may do, and let them in no longer."
    verbs = (
        verbs.Invite, verbs.ListPeople, verbs.SetRole, verbs.RenewInvitation,
        verbs.RevokeInvitation, verbs.SignOut,
        verbs.Deactivate,
        verbs.Activate, verbs.ResetSecondFactor,
    )  # fmt: skip
