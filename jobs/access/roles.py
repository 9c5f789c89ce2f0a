"""The four roles and what each may do. Every role may also do what the ones before it may.

The groups of the same names are made by the migrations; a person may be in several, or have
permissions of their own.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum


class Role(StrEnum):
    """The name of a group."""

    VIEWER = "viewer"
    OPERATOR = "operator"
    EDITOR = "editor"
    ADMIN = "admin"


def _each(app: str, verbs: str, models: str) -> Iterable[str]:
    return (f"{app}.{verb}_{model}" for model in models.split() for verb in verbs.split())


SEEN = (
    "alert auditentry backfill bulkoperation calendar channel job jobstate jobversion leader "
    "notice pool queue route run runlog worker"
)
BEAT = "periodictask crontabschedule intervalschedule clockedschedule solarschedule"
RESULTS = "taskresult groupresult"
WRITES = "add change delete"
# To see Flower, which shows every queue, worker and task: who may see workers, and is limited to no
# tags.
FLOWER = "beatwright.view_worker"

OWN: dict[Role, frozenset[str]] = {
    Role.VIEWER: frozenset(
        {
            *_each("beatwright", "view", SEEN),
            *_each("django_celery_beat", "view", BEAT),
            *_each("django_celery_results", "view", RESULTS),
        }
    ),
    Role.OPERATOR: frozenset(
        {
            "beatwright.run_job", "beatwright.pause_job", "beatwright.cancel_run",
            "beatwright.rerun_run",
            "beatwright.requeue_dead", "beatwright.change_alert", "beatwright.pause_queue",
            "beatwright.add_apitoken",
        }
    ),
    Role.EDITOR: frozenset(
        {
            "beatwright.add_job", "beatwright.change_job", "beatwright.delete_job",
            "beatwright.import_job",
            "beatwright.backfill_job", "beatwright.manage_pool", "beatwright.manage_calendar",
            "beatwright.use_secret", "beatwright.manage_secret", "beatwright.manage_channel",
        }
    ),
    Role.ADMIN: frozenset(
        {
            "beatwright.control_worker", "beatwright.manage_token", "beatwright.view_secret",
            "beatwright.command_job",
            "beatwright.delete_run",
            *_each("beatwright", f"view {WRITES}", "restriction"),
            *_each("auth", f"view {WRITES}", "user group"),
            *_each("django_celery_beat", WRITES, BEAT),
        }
    ),
}  # fmt: skip


def permissions_of(role: Role) -> frozenset[str]:
    """All that the role may do, what it shares with those before it included."""
    order = list(Role)
    return frozenset().union(*(OWN[each] for each in order[: order.index(role) + 1]))


ROLES: dict[Role, frozenset[str]] = {role: permissions_of(role) for role in Role}
KNOWN = ROLES[Role.ADMIN]


def granted_by(permission: str) -> tuple[Role, ...]:
    """The roles that have it, the least first; none for what only a superuser may."""
    return tuple(role for role, permissions in ROLES.items() if permission in permissions)
