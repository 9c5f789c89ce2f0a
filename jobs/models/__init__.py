"""The engine's nouns, one per file: what people define (Job), when it is due (JobState), what happened (Run)."""

from jobs.models.job import Job, MisfirePolicy, OverlapPolicy
from jobs.models.job_state import JobState
from jobs.models.leader import Leader
from jobs.models.run import Run
from jobs.models.run_log import RunLog
from jobs.models.states import RunState, Trigger

__all__ = ["Job", "JobState", "Leader", "MisfirePolicy", "OverlapPolicy", "Run", "RunLog", "RunState", "Trigger"]
