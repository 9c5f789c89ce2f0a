"""``manage.py queue VERB``: look at queues, pause and resume them."""

from jobs.management.cli.site import queue_verbs
from jobs.management.verb_command import VerbCommand


class Command(VerbCommand):
    """One verb a call; a queue is named by its name."""

    help = "List, pause and resume queues."
    verbs = (queue_verbs.ListQueues, queue_verbs.PauseOneQueue, queue_verbs.ResumeOneQueue)
