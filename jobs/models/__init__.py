"""The engine's nouns, one per file: what people define (Job), when it is due (JobState), what happened (Run)."""

from jobs.models.alert import Alert, AlertKind
from jobs.models.api_token import ApiToken
from jobs.models.audit_entry import AuditEntry
from jobs.models.backfill import Backfill, BackfillState
from jobs.models.bulk_operation import BulkOperation, BulkState, BulkVerb
from jobs.models.idempotency_key import IdempotencyKey
from jobs.models.invitation import Invitation
from jobs.models.job import Job, JobStatus, MisfirePolicy, OverlapPolicy
from jobs.models.job_health import Health, JobHealth, RecentRun
from jobs.models.job_state import JobState
from jobs.models.job_version import JobVersion
from jobs.models.leader import Leader
from jobs.models.lost_attempt import Loss, LostAttempt
from jobs.models.pool import Pool
from jobs.models.queue import Queue
from jobs.models.restriction import Restriction
from jobs.models.rollups import HourStat, JobDay, JobTotal, MinuteStat, Tally, Total, Turn
from jobs.models.run import Run
from jobs.models.run_log import RunLog
from jobs.models.schedule_import import ScheduleImport
from jobs.models.scheduler import Scheduler
from jobs.models.secret import Secret, SecretUse
from jobs.models.sign_in import SignIn, SignInEnd
from jobs.models.states import RunState, Trigger
from jobs.models.worker import Worker

__all__ = [
    "Alert",
    "AlertKind",
    "ApiToken",
    "AuditEntry",
    "Backfill",
    "BackfillState",
    "BulkOperation",
    "BulkState",
    "BulkVerb",
    "Health",
    "HourStat",
    "IdempotencyKey",
    "Invitation",
    "Job",
    "JobDay",
    "JobHealth",
    "JobState",
    "JobStatus",
    "JobTotal",
    "JobVersion",
    "Leader",
    "Loss",
    "LostAttempt",
    "MinuteStat",
    "MisfirePolicy",
    "OverlapPolicy",
    "Pool",
    "Queue",
    "RecentRun",
    "Restriction",
    "Run",
    "RunLog",
    "RunState",
    "ScheduleImport",
    "Scheduler",
    "Secret",
    "SecretUse",
    "SignIn",
    "SignInEnd",
    "Tally",
    "Total",
    "Trigger",
    "Turn",
    "Worker",
]
