"""``manage.py token VERB``: make, list and revoke API tokens."""

from jobs.management.cli.site import token_verbs
from jobs.management.verb_command import VerbCommand


class Command(VerbCommand):
    """One verb a call."""

    help = "Make, list and revoke API tokens."
    verbs = (token_verbs.CreateToken, token_verbs.ListTokens, token_verbs.RevokeOneToken)
