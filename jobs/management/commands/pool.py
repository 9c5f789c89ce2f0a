"""``manage.py pool VERB``: the slots and resources that jobs share."""

from jobs.management.cli.site import pool_verbs
from jobs.management.verb_command import VerbCommand


class Command(VerbCommand):
    """One verb a call; a pool is named by its name."""

    help = "List, make, change and remove pools."
    verbs = (
        pool_verbs.ListPools,
        pool_verbs.GetPool,
        pool_verbs.CreatePool,
        pool_verbs.UpdatePool,
        pool_verbs.DeletePool,
    )
