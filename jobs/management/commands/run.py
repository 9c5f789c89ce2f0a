"""``manage.py run VERB``: look at runs, cancel and repeat them."""

from jobs.management.cli.job import listings, reveal_verbs, why_verbs
from jobs.management.cli.site import run_verbs
from jobs.management.verb_command import VerbCommand


class Command(VerbCommand):
    """One verb a call; a run is named by its id."""

    help = "Find runs and look at them; cancel, repeat and delete them."
    verbs = (
        listings.FindRuns,
        listings.GetRun,
        listings.ReadLogs,
        run_verbs.CancelOneRun,
        run_verbs.RepeatRun,
        run_verbs.DeleteRun,
        why_verbs.ExplainRun,
        reveal_verbs.RevealRun,
    )
