"""``manage.py dead_letters VERB``: what failed for good, and what becomes of it."""

from jobs.management.cli.site import dead_letter_verbs
from jobs.management.verb_command import VerbCommand


class Command(VerbCommand):
    """One verb a call; dead letters are chosen by job, kind of error or id."""

    help = "List, group, requeue and discard the runs that failed and that nobody has resolved."
    verbs = (
        dead_letter_verbs.ListDeadLetters,
        dead_letter_verbs.GroupDeadLetters,
        dead_letter_verbs.Requeue,
        dead_letter_verbs.Discard,
        dead_letter_verbs.TakeBackDiscarding,
    )
