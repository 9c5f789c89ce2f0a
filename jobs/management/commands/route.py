"""``manage.py route VERB``: which alerts go to which channel."""

from jobs.management.cli.notice import route_verbs
from jobs.management.verb_command import VerbCommand


class Command(VerbCommand):
    """One verb a call; a route is named by its name."""

    help = "List, create, change, preview and remove the routes that alerts take."
    verbs = (
        route_verbs.ListRoutes,
        route_verbs.GetRoute,
        route_verbs.CreateRoute,
        route_verbs.UpdateRoute,
        route_verbs.PreviewRouteVerb,
        route_verbs.DeleteRoute,
    )
