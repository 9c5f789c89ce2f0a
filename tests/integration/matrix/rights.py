"""The table of rights: what each operation of any surface takes, and what of it tags narrow.

It is written by hand, from docs/reference/roles.md, whose table says which role holds which
permission. The surfaces' own tables (rest, rpc, console) name a row of this one for each of their
operations.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from jobs.access.roles import Role

ROLES_PAGE = Path(__file__).parents[3] / "docs" / "reference" / "roles.md"


class Reach(Enum):
    """What tags do to it."""

    JOB = "of one job: for whom tags keep that job away, it is not there"
    PERSON = (
        "of one person: refused to whom tags limit, unless that person is limited to some "
        "of the same"
    )
    LIST = "of many jobs: without those that tags keep away"
    OWN = "of what somebody began: whom tags limit find their own alone"
    SITE = "of all jobs at once: refused to whom tags limit"
    SHARED = "of what belongs to no job: the same for everybody"


@dataclass(frozen=True)
class Right:
    """``permission`` is empty for what whoever has come in may do."""

    permission: str
    reach: Reach


RIGHTS = {
    "look around": Right("", Reach.LIST),
    "see a job": Right("beatwright.view_job", Reach.JOB),
    "list jobs": Right("beatwright.view_job", Reach.LIST),
    "preview": Right("beatwright.view_job", Reach.SHARED),
    "see tasks": Right("beatwright.view_job", Reach.SHARED),
    "see a run": Right("beatwright.view_run", Reach.JOB),
    "list runs": Right("beatwright.view_run", Reach.LIST),
    "check the history": Right("beatwright.view_run", Reach.SITE),
    "see versions": Right("beatwright.view_jobversion", Reach.JOB),
    "see a job's history": Right("beatwright.view_auditentry", Reach.JOB),
    "list the audit": Right("beatwright.view_auditentry", Reach.LIST),
    "list alerts": Right("beatwright.view_alert", Reach.LIST),
    "list bulk operations": Right("beatwright.view_bulkoperation", Reach.LIST),
    "see queues": Right("beatwright.view_queue", Reach.SHARED),
    "see pools": Right("beatwright.view_pool", Reach.SHARED),
    "see workers": Right("beatwright.view_worker", Reach.SHARED),
    "see tokens": Right("beatwright.add_apitoken", Reach.LIST),
    "create_job": Right("beatwright.add_job", Reach.LIST),
    "create a job without a tag": Right("beatwright.add_job", Reach.SITE),
    "update_job": Right("beatwright.change_job", Reach.JOB),
    "restore_version": Right("beatwright.change_job", Reach.JOB),
    "archive_job": Right("beatwright.delete_job", Reach.JOB),
    "unarchive_job": Right("beatwright.delete_job", Reach.JOB),
    "pause_job": Right("beatwright.pause_job", Reach.JOB),
    "resume_job": Right("beatwright.pause_job", Reach.JOB),
    "run_now": Right("beatwright.run_job", Reach.JOB),
    "rerun": Right("beatwright.rerun_run", Reach.JOB),
    "cancel_run": Right("beatwright.cancel_run", Reach.JOB),
    "cancel_runs": Right("beatwright.cancel_run", Reach.JOB),
    "delete_run": Right("beatwright.delete_run", Reach.JOB),
    "reveal_job": Right("beatwright.view_secret", Reach.JOB),
    "reveal_run": Right("beatwright.view_secret", Reach.JOB),
    "requeue": Right("beatwright.requeue_dead", Reach.LIST),
    "discard": Right("beatwright.requeue_dead", Reach.LIST),
    "undo_discard": Right("beatwright.requeue_dead", Reach.LIST),
    "backfill_job": Right("beatwright.backfill_job", Reach.JOB),
    "cancel_backfill": Right("beatwright.backfill_job", Reach.JOB),
    "spread": Right("beatwright.change_job", Reach.LIST),
    "begin_bulk": Right("beatwright.pause_job", Reach.LIST),
    "see a bulk operation": Right("beatwright.view_bulkoperation", Reach.OWN),
    "cancel_bulk": Right("beatwright.pause_job", Reach.OWN),
    "acknowledge_alert": Right("beatwright.change_alert", Reach.JOB),
    "undo_acknowledge": Right("beatwright.change_alert", Reach.JOB),
    "acknowledge_cause": Right("beatwright.change_alert", Reach.JOB),
    "undo_acknowledge_cause": Right("beatwright.change_alert", Reach.JOB),
    "pause_queue": Right("beatwright.pause_queue", Reach.SITE),
    "resume_queue": Right("beatwright.pause_queue", Reach.SITE),
    "create_pool": Right("beatwright.manage_pool", Reach.SITE),
    "update_pool": Right("beatwright.manage_pool", Reach.SITE),
    "delete_pool": Right("beatwright.manage_pool", Reach.SITE),
    "see calendars": Right("beatwright.view_calendar", Reach.SHARED),
    "preview a calendar": Right("beatwright.manage_calendar", Reach.SITE),
    "create_calendar": Right("beatwright.manage_calendar", Reach.SITE),
    "update_calendar": Right("beatwright.manage_calendar", Reach.SITE),
    "delete_calendar": Right("beatwright.manage_calendar", Reach.SITE),
    "list secrets": Right("beatwright.use_secret", Reach.LIST),
    "see a secret": Right("beatwright.use_secret", Reach.JOB),
    "create_secret": Right("beatwright.manage_secret", Reach.LIST),
    "update_secret": Right("beatwright.manage_secret", Reach.JOB),
    "delete_secret": Right("beatwright.manage_secret", Reach.JOB),
    "reseal_secrets": Right("beatwright.manage_secret", Reach.SITE),
    "see channels": Right("beatwright.view_channel", Reach.SHARED),
    "see routes": Right("beatwright.view_route", Reach.SHARED),
    "list notices": Right("beatwright.view_notice", Reach.LIST),
    "see a notice": Right("beatwright.view_notice", Reach.JOB),
    "preview a route": Right("beatwright.manage_channel", Reach.SITE),
    "create_channel": Right("beatwright.manage_channel", Reach.SITE),
    "update_channel": Right("beatwright.manage_channel", Reach.SITE),
    "delete_channel": Right("beatwright.manage_channel", Reach.SITE),
    "try_channel": Right("beatwright.manage_channel", Reach.SITE),
    "create_route": Right("beatwright.manage_channel", Reach.SITE),
    "update_route": Right("beatwright.manage_channel", Reach.SITE),
    "delete_route": Right("beatwright.manage_channel", Reach.SITE),
    "see people": Right("auth.view_user", Reach.SHARED),
    "invite_person": Right("auth.add_user", Reach.SHARED),
    "change_role": Right("auth.change_user", Reach.PERSON),
    "renew_invitation": Right("auth.change_user", Reach.PERSON),
    "revoke_invitation": Right("auth.change_user", Reach.PERSON),
    "activate_person": Right("auth.change_user", Reach.PERSON),
    "deactivate_person": Right("auth.change_user", Reach.PERSON),
    "sign_out_person": Right("auth.change_user", Reach.PERSON),
    "save_view": Right("beatwright.view_run", Reach.SHARED),
    "delete_view": Right("beatwright.change_job", Reach.SHARED),
    "rerun in bulk": Right("beatwright.rerun_run", Reach.LIST),
    "end_session": Right("auth.change_user", Reach.PERSON),
    "reset_second_factor": Right("auth.change_user", Reach.PERSON),
    "shut_down_worker": Right("beatwright.control_worker", Reach.SITE),
    "import": Right("beatwright.import_job", Reach.LIST),
    "create_token": Right("beatwright.add_apitoken", Reach.SHARED),
    "revoke_token": Right("beatwright.manage_token", Reach.JOB),
}


def granted() -> dict[str, frozenset[Role]]:
    """Each permission with the roles that hold it, as the page says."""
    found: dict[str, frozenset[Role]] = {}
    for line in ROLES_PAGE.read_text().splitlines():
        if line.startswith("| `"):
            names, _, *crosses = (cell.strip() for cell in line.strip("|").split("|"))
            held = frozenset(role for role, cross in zip(Role, crosses, strict=True) if cross)
            found |= dict.fromkeys(re.findall(r"`([\w.]+)`", names), held)
    return found


GRANTED = granted()


def may(role: Role | None, right: Right) -> bool:
    """Whether somebody in exactly this role, or in none, may do it."""
    return not right.permission or role in GRANTED[right.permission]
