"""``manage.py notice VERB``: what was told of alerts."""

from jobs.management.cli.notice import notice_verbs
from jobs.management.verb_command import VerbCommand


class Command(VerbCommand):
    """One verb a call; a notice is named by its id."""

    help = "List the notices that alerts have caused, and show one."
    verbs = (notice_verbs.ListNotices, notice_verbs.GetNotice)
