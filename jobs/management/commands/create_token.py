"""``manage.py create_token USER``: a new API token, whose secret is printed once."""

from jobs.management.cli.site.token_verbs import CreateToken
from jobs.management.verb_command import OneVerbCommand


class Command(OneVerbCommand):
    """``token create`` under the name that scripts know."""

    verb, help = CreateToken, CreateToken.help
