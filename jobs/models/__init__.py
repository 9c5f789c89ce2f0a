"""The engine's nouns, one per file: what people define (Job), when it is due (JobState), what
happened (Run).
"""

from jobs.models.access.api_token import ApiToken
from jobs.models.access.audit_entry import AuditEntry
from jobs.models.access.idempotency_key import IdempotencyKey
from jobs.models.access.invitation import Invitation
from jobs.models.access.restriction import Restriction
from jobs.models.access.saved_view import ListColumns, ListNoun, SavedView
from jobs.models.access.secret import Secret, SecretUse
from jobs.models.access.sign_in import SignIn, SignInEnd
from jobs.models.alert import Alert, AlertKind, AlertQuerySet, AlertState
from jobs.models.backfill import Backfill, BackfillState
from jobs.models.bulk_operation import BulkOperation, BulkState, BulkVerb
from jobs.models.calendars.calendar import Applies, Calendar
from jobs.models.calendars.calendar_set import CalendarSet
from jobs.models.fleet.followed_file import FollowedFile
from jobs.models.fleet.kafka_partition import KafkaPartition
from jobs.models.fleet.leader import Leader
from jobs.models.fleet.pool import Pool
from jobs.models.fleet.queue import Queue
from jobs.models.fleet.scheduler import Scheduler
from jobs.models.fleet.worker import Worker
from jobs.models.job import CalendarPolicy, DayRule, Job, JobStatus, MisfirePolicy, OverlapPolicy
from jobs.models.job_state import JobState
from jobs.models.job_version import JobVersion
from jobs.models.lost_attempt import Loss, LostAttempt
from jobs.models.miss import Miss, MissKind
from jobs.models.notice.channel import Channel, ChannelKind
from jobs.models.notice.notice import Notice, NoticeKind, NoticeState
from jobs.models.notice.route import Route
from jobs.models.origins.declared_plan import DeclaredPlan
from jobs.models.origins.schedule_import import ScheduleImport
from jobs.models.run import Run
from jobs.models.run_log import RunLog
from jobs.models.states import RunState, Trigger
from jobs.models.stats.job_health import Health, JobHealth, RecentRun
from jobs.models.stats.rollups import (
    HourStat,
    JobDay,
    JobTotal,
    MinuteStat,
    Tally,
    TaskDay,
    Total,
    Turn,
)

__all__ = [
    "Alert",
    "AlertKind",
    "AlertQuerySet",
    "AlertState",
    "ApiToken",
    "Applies",
    "AuditEntry",
    "Backfill",
    "BackfillState",
    "BulkOperation",
    "BulkState",
    "BulkVerb",
    "Calendar",
    "CalendarPolicy",
    "CalendarSet",
    "Channel",
    "ChannelKind",
    "DayRule",
    "DeclaredPlan",
    "FollowedFile",
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
    "KafkaPartition",
    "Leader",
    "ListColumns",
    "ListNoun",
    "Loss",
    "LostAttempt",
    "MinuteStat",
    "MisfirePolicy",
    "Miss",
    "MissKind",
    "Notice",
    "NoticeKind",
    "NoticeState",
    "OverlapPolicy",
    "Pool",
    "Queue",
    "RecentRun",
    "Restriction",
    "Route",
    "Run",
    "RunLog",
    "RunState",
    "SavedView",
    "ScheduleImport",
    "Scheduler",
    "Secret",
    "SecretUse",
    "SignIn",
    "SignInEnd",
    "Tally",
    "TaskDay",
    "Total",
    "Trigger",
    "Turn",
    "Worker",
]
