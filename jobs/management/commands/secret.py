"""``manage.py secret VERB``: passwords and tokens that jobs name."""

from jobs.management.cli.site import secret_verbs
from jobs.management.verb_command import VerbCommand


class Command(VerbCommand):
    """One verb a call; a secret is named by its name."""

    help = "List, set, describe and remove secrets, and encrypt them anew."
    verbs = (
        secret_verbs.ListSecrets,
        secret_verbs.GetSecret,
        secret_verbs.SetSecret,
        secret_verbs.UpdateSecret,
        secret_verbs.DeleteSecret,
        secret_verbs.ReencryptSecrets,
        secret_verbs.NewKey,
    )
