"""``manage.py preview_schedule EXPR``: the sentence, the next dates and the surprises of a schedule
text.
"""

from jobs.management.cli.job.preview_verb import PreviewSchedule
from jobs.management.verb_command import OneVerbCommand


class Command(OneVerbCommand):
    """What calendars close for all jobs is left out of the dates too."""

    verb, help = PreviewSchedule, PreviewSchedule.help
    requires_system_checks = ()
