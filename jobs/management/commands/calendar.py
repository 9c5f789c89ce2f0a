"""``manage.py calendar VERB``: what is closed to jobs."""

from jobs.management.cli.site import calendar_verbs
from jobs.management.verb_command import VerbCommand


class Command(VerbCommand):
    """One verb a call; a calendar is named by its name."""

    help = "List, make, change and remove calendars."
    verbs = (
        calendar_verbs.ListCalendars,
        calendar_verbs.GetCalendar,
        calendar_verbs.CalendarDaysVerb,
        calendar_verbs.CreateCalendar,
        calendar_verbs.UpdateCalendar,
        calendar_verbs.DeleteCalendar,
    )
