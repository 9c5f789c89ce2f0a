"""``manage.py forecast``: how many runs start when."""

from jobs.management.cli.site.forecast_verb import ForecastStarts
from jobs.management.verb_command import OneVerbCommand


class Command(OneVerbCommand):
    """What the schedules come to."""

    verb, help = ForecastStarts, ForecastStarts.help
