"""``manage.py worker VERB``: look at the workers, and shut one down."""

from jobs.management.cli.site import worker_verbs
from jobs.management.verb_command import VerbCommand


class Command(VerbCommand):
    """One verb a call. A worker itself is started with ``celery -A scheduler_site worker``."""

    help = (
        "List the workers that live, and shut one down. `celery -A scheduler_site worker` "
        "starts one."
    )
    verbs = (worker_verbs.ListWorkers, worker_verbs.ShutDown)
