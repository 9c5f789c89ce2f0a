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
        job_verbs.CreateJob,
        job_verbs.GetJob,
        listings.ListJobs,
        job_verbs.UpdateJob,
        job_verbs.DeleteJob,
        job_verbs.RunJob,
        job_verbs.PauseJobs,
        job_verbs.ResumeJobs,
        job_verbs.Unarchive,
        listings.ListRuns,
        backfill_verbs.BackfillOneJob,
        backfill_verbs.ListBackfills,
        backfill_verbs.BackfillCancel,
        why_verbs.ExplainJob,
        version_verbs.ListVersions,
        version_verbs.Restore,
        reveal_verbs.RevealJob,
    )
