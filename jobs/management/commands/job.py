"""``manage.py job VERB``: define, steer and list jobs."""

from jobs.management.cli.job import (
    backfill_verbs,
    job_verbs,
    listings,
    reveal_verbs,
    version_verbs,
    why_verbs,
)
from jobs.management.verb_command import VerbCommand


class Command(VerbCommand):
    """One verb a call; a job is named by its name or --id."""

    help = "Define, steer and list jobs."
    verbs = (
        job_verbs.Create,
        job_verbs.Get,
        listings.List,
        job_verbs.Update,
        job_verbs.Delete,
        job_verbs.RunNowVerb,
        job_verbs.Pause,
        job_verbs.Resume,
        job_verbs.Unarchive,
        listings.Runs,
        backfill_verbs.BackfillVerb,
        backfill_verbs.Backfills,
        backfill_verbs.BackfillCancel,
        why_verbs.WhyJob,
        version_verbs.Versions,
        version_verbs.Restore,
        reveal_verbs.RevealJob,
    )
