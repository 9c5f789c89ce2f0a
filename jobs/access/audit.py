"""The audit: each action writes what it changes, in the transaction of the change."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple, TypedDict, Unpack

from django.db.models import Model

from jobs.access.actor import Actor
from jobs.models import AuditEntry, Backfill, Job, Run
from jobs.moments import iso
from jobs.redaction.redactor import redactor_of


class Subject(NamedTuple):
    """What an entry is about, where that is no row of ours, such as a file."""

    kind: str
    id: str
    name: str
    job_id: uuid.UUID | None = None


Fields = Mapping[str, Any]
EMPTY: tuple[Any, ...] = (None, "", [], {})
# What an entry says anyway: when it was, by whom and why.
UNTOLD = frozenset({"id", "created_at", "updated_at", "paused_at", "paused_by", "paused_reason"})


class Verb(StrEnum):
    """What can be done: the names of the actions."""

    CREATE_JOB = "create_job"
    UPDATE_JOB = "update_job"
    ARCHIVE_JOB = "archive_job"
    UNARCHIVE_JOB = "unarchive_job"
    RESTORE_VERSION = "restore_version"
    PAUSE_JOB = "pause_job"
    RESUME_JOB = "resume_job"
    UNDO_PAUSE = "undo_pause"
    IMPORT = "import"
    ADOPT = "adopt"
    RUN_NOW = "run_now"
    RERUN = "rerun"
    CANCEL_RUN = "cancel_run"
    CANCEL_RUNS = "cancel_runs"
    BACKFILL_JOB = "backfill_job"
    CANCEL_BACKFILL = "cancel_backfill"
    BEGIN_BULK = "begin_bulk"
    CANCEL_BULK = "cancel_bulk"
    REQUEUE = "requeue"
    DISCARD = "discard"
    UNDO_DISCARD = "undo_discard"
    PAUSE_QUEUE = "pause_queue"
    RESUME_QUEUE = "resume_queue"
    CREATE_POOL = "create_pool"
    UPDATE_POOL = "update_pool"
    DELETE_POOL = "delete_pool"
    CREATE_CALENDAR = "create_calendar"
    UPDATE_CALENDAR = "update_calendar"
    DELETE_CALENDAR = "delete_calendar"
    CREATE_SECRET = "create_secret"  # noqa: S105
    UPDATE_SECRET = "update_secret"  # noqa: S105
    DELETE_SECRET = "delete_secret"  # noqa: S105
    RESEAL_SECRETS = "reseal_secrets"
    CREATE_CHANNEL = "create_channel"
    UPDATE_CHANNEL = "update_channel"
    DELETE_CHANNEL = "delete_channel"
    TRY_CHANNEL = "try_channel"
    CREATE_ROUTE = "create_route"
    UPDATE_ROUTE = "update_route"
    DELETE_ROUTE = "delete_route"
    REVEAL_JOB = "reveal_job"
    REVEAL_RUN = "reveal_run"
    REVEAL_ALL = "reveal_all"
    ACKNOWLEDGE_ALERT = "acknowledge_alert"
    UNDO_ACKNOWLEDGE = "undo_acknowledge"
    ACKNOWLEDGE_CAUSE = "acknowledge_cause"
    UNDO_ACKNOWLEDGE_CAUSE = "undo_acknowledge_cause"
    SHUT_DOWN_WORKER = "shut_down_worker"
    DELETE_RUN = "delete_run"
    SAVE_VIEW = "save_view"
    DELETE_VIEW = "delete_view"
    CREATE_TOKEN = "create_token"  # noqa: S105  # a verb, no password
    REVOKE_TOKEN = "revoke_token"  # noqa: S105
    INVITE_PERSON = "invite_person"
    RENEW_INVITATION = "renew_invitation"
    REVOKE_INVITATION = "revoke_invitation"
    CHANGE_ROLE = "change_role"
    DEACTIVATE_PERSON = "deactivate_person"
    ACTIVATE_PERSON = "activate_person"
    END_SESSION = "end_session"
    SIGN_OUT_PERSON = "sign_out_person"
    RESET_SECOND_FACTOR = "reset_second_factor"
    # What Django's own forms do to users, groups and Celery's schedules.
    EDIT_ROW = "edit_row"
    DELETE_ROW = "delete_row"
    RUN_ROW = "run_row"
    CHANGE_PASSWORD = "change_password"  # noqa: S105
    LOCK_OUT = "lock_out"
    ACCEPT_INVITATION = "accept_invitation"
    SIGN_IN = "sign_in"
    SIGN_IN_FAILED = "sign_in_failed"
    SIGN_OUT = "sign_out"
    ADMIT_PERSON = "admit_person"
    SET_UP_SECOND_FACTOR = "set_up_second_factor"
    REMOVE_SECOND_FACTOR = "remove_second_factor"


class Details(TypedDict, total=False):
    """What an entry may say besides: fields before and after, all or only those that changed, and
    why.
    """

    before: Fields
    after: Fields
    reason: str


def record(
    actor: Actor, verb: Verb, target: Model | Subject, *, now: datetime, **told: Unpack[Details]
) -> None:
    """Write that ``actor`` did ``verb`` to ``target``; inside the caller's transaction."""
    audit_entry(actor, verb, target, now=now, **told).save(force_insert=True)


def audit_entry(
    actor: Actor, verb: Verb, target: Model | Subject, *, now: datetime, **told: Unpack[Details]
) -> AuditEntry:
    """The same, unsaved: for those who write many at once."""
    subject = target if isinstance(target, Subject) else _subject(target)
    return AuditEntry(
        at=now,
        who=actor.name[:150],
        surface=actor.surface,
        address=actor.address[:45],
        token=actor.token[:100],
        verb=verb,
        target_kind=subject.kind,
        target_id=subject.id[:100],
        target_name=subject.name[:200],
        job_id=subject.job_id,
        changes=difference(told.get("before", {}), told.get("after", {})),
        reason=told.get("reason", "")[:500],
    )


def row_snapshot(row: Model) -> dict[str, Any]:
    """The row's fields as JSON has them, but for those that the entry itself says."""
    fields = (field for field in row._meta.concrete_fields if field.name not in UNTOLD)
    return {field.name: as_json_value(field.value_from_object(row)) for field in fields}


def difference(before: Fields, after: Fields) -> dict[str, list[Any]]:
    """Field → [before, after] where they differ, secrets masked, also where another field says them
    once more.

    What is empty does not differ from what is absent.
    """
    redactor = redactor_of([dict(before), dict(after)])
    names = [name for name in {**before, **after} if _differ(before.get(name), after.get(name))]
    return {
        name: [redactor.under(name, as_json_value(fields.get(name))) for fields in (before, after)]
        for name in names
    }


def as_json_value(value: Any) -> Any:
    """A moment or an id as JSON has it; anything else as it is."""
    if isinstance(value, datetime):
        return iso(value)
    return str(value) if isinstance(value, uuid.UUID) else value


def _differ(old: Any, new: Any) -> bool:
    return old != new and not (old in EMPTY and new in EMPTY)


def _subject(target: Model) -> Subject:
    kind, key = target._meta.model_name or "", str(target.pk)
    if isinstance(target, Run | Backfill):
        return Subject(kind, key, target.job.name, target.job_id)
    return Subject(kind, key, str(target), target.pk if isinstance(target, Job) else None)
