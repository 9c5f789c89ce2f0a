"""The console: every address that the resolver knows, with what looking at it and what pressing its
button takes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from django.contrib.auth.models import Group
from django_celery_beat.models import (
    ClockedSchedule,
    CrontabSchedule,
    IntervalSchedule,
    PeriodicTask,
    SolarSchedule,
)
from django_celery_results.models import GroupResult, TaskResult

from tests.integration.admin.test_job_form import filled
from tests.integration.matrix.rights import RIGHTS, Reach, Right
from tests.integration.matrix.world import (
    CALENDAR,
    CHANNEL,
    FREE_CHANNEL,
    PAUSED,
    POOL,
    ROUTE,
    WORKER,
    Thing,
)
from tests.support.people import make_roles

Data = Callable[[Thing], dict[str, Any]]


def nothing(thing: Thing) -> dict[str, Any]:
    return {}


@dataclass(frozen=True)
class Page:
    """``sees`` is the right to GET it, ``does`` that to POST ``data``; empty where it answers no
    such request.

    ``run``: of the thing's runs, the one in the address. ``places``: what else stands there.
    """

    sees: str = ""
    does: str = ""
    data: Data = nothing
    run: str = "over"
    archived: bool = False
    places: Mapping[str, Any] = field(default_factory=dict)
    query: Data = nothing


def _ticked(run: str, **more: str) -> Data:
    return lambda thing: {"scope": "ticked", "run": str(thing.runs[run].pk), "sure": "1", **more}


def _ticked_runs(thing: Thing) -> dict[str, Any]:
    return {"verb": "rerun", "run": str(thing.runs["over"].pk), "sure": "1"}


def _form(thing: Thing) -> dict[str, Any]:
    return filled(name="fresh", tags=", ".join(thing.job.tags))


def _change(thing: Thing) -> dict[str, Any]:
    changed = {
        "name": f"new {thing.job.name}",
        "version": str(thing.job.version),
        "description": "x",
    }
    return filled(**changed, tags=", ".join(thing.job.tags))


def _secret(thing: Thing) -> dict[str, Any]:
    return {"name": "fresh", "value": "an0ther", "tags": ", ".join(thing.job.tags)}


def _calendar(thing: Thing) -> dict[str, Any]:
    return {"name": "fresh", "applies_to": "named"}


def _channel(thing: Thing) -> dict[str, Any]:
    return {"name": "fresh", "kind": "email", "address": "ana@example.com", "enabled": "on"}


def _route(thing: Thing) -> dict[str, Any]:
    return {"channel": CHANNEL, "timezone": "UTC", "description": "x"}


def _invitation(thing: Thing) -> dict[str, Any]:
    return {"name": "guest", "email": "", "role": "viewer", "tags": ", ".join(thing.job.tags)}


OF_POOL, OF_QUEUE, OF_CALENDAR = {"name": POOL}, {"name": PAUSED}, {"name": CALENDAR}
OF_CHANNEL, OF_ROUTE = {"name": CHANNEL}, {"name": ROUTE}
OF_WORKER = {"name": WORKER}
PAGES = {
    "index": Page("look around"),
    "search": Page("look around"),
    "header_fragment": Page("look around"),
    "dashboard_fragment": Page("look around"),
    "api_docs": Page("look around"),
    "password_change": Page("look around"),
    "password_change_done": Page("look around"),
    "alerts": Page("list alerts"),
    "alerts_fragment": Page("list alerts"),
    "alerts_acknowledge": Page(does="acknowledge_cause",
                               data=lambda thing: {"cause": thing.alert.cause}),
    "alerts_restore": Page(does="undo_acknowledge_cause",
                           data=lambda thing: {"cause": thing.acknowledged.cause}),
    "alert_acknowledge": Page(does="acknowledge_alert", data=lambda thing: {"reason": "me"}),
    "alert_restore": Page(does="undo_acknowledge"),
    "queues": Page("see queues"),
    "queues_fragment": Page("see queues"),
    "queue_pause": Page(does="pause_queue", places={"name": "default"}),
    "queue_resume": Page(does="resume_queue", places=OF_QUEUE),
    "pools": Page("see pools"),
    "pools_fragment": Page("see pools"),
    "pool_add": Page("create_pool", "create_pool", lambda thing: {"name": "cpu", "slots": "2"}),
    "pool_change": Page("update_pool", "update_pool", lambda thing: {"slots": "3"}, places=OF_POOL),
    "pool_delete": Page("delete_pool", "delete_pool", lambda thing: {"sure": "1"}, places=OF_POOL),
    "secrets": Page("list secrets"),
    "secret_add": Page("create_secret", "create_secret", _secret),
    "secret": Page("see a secret"),
    "secret_change": Page("update_secret", "update_secret", _secret),
    "secret_delete": Page("delete_secret", "delete_secret", lambda thing: {"sure": "1"}),
    "calendars": Page("see calendars"),
    "calendar": Page("see calendars", places=OF_CALENDAR),
    "calendar_month": Page(does="preview a calendar"),
    "calendar_add": Page("create_calendar", "create_calendar", _calendar),
    "calendar_change": Page("update_calendar", "update_calendar",
                            lambda thing: {"applies_to": "named", "weekdays": "SAT"},
                            places=OF_CALENDAR),
    "calendar_delete": Page("delete_calendar", "delete_calendar", lambda thing: {"sure": "1"},
                            places=OF_CALENDAR),
    "channels": Page("see channels"),
    "channel_add": Page("create_channel", "create_channel", _channel),
    "channel_change": Page("update_channel", "update_channel",
                           lambda thing: {"description": "x"}, places=OF_CHANNEL),
    "channel_test": Page(does="try_channel", places=OF_CHANNEL),
    "channel_delete": Page("delete_channel", "delete_channel", lambda thing: {"sure": "1"},
                           places={"name": FREE_CHANNEL}),
    "routes": Page("see routes"),
    "route_add": Page("create_route", "create_route",
                      lambda thing: _route(thing) | {"name": "fresh"}),
    "route_change": Page("update_route", "update_route", _route, places=OF_ROUTE),
    "route_delete": Page("delete_route", "delete_route", lambda thing: {"sure": "1"},
                         places=OF_ROUTE),
    "notices": Page("list notices"),
    "notice": Page("see a notice"),
    "people": Page("see people"),
    "person_invite": Page("invite_person", "invite_person", _invitation),
    "person": Page("see people"),
    "person_role": Page(does="change_role",
                        data=lambda thing: {"role": "viewer", "tags": ", ".join(thing.job.tags)}),
    "person_renew": Page(does="renew_invitation"),
    "person_revoke": Page(does="revoke_invitation"),
    "person_activate": Page(does="activate_person"),
    "person_deactivate": Page("deactivate_person", "deactivate_person",
                              lambda thing: {"sure": "1"}),
    "person_sign_out": Page(does="sign_out_person"),
    "person_session_end": Page(does="end_session"),
    "person_reset_factor": Page(does="reset_second_factor"),
    "workers": Page("see workers"),
    "workers_fragment": Page("see workers"),
    "worker_shutdown": Page("shut_down_worker", "shut_down_worker", lambda thing: {"sure": "1"},
                            places=OF_WORKER),
    "dead_letters": Page("list runs"),
    "dead_fragment": Page("list runs"),
    "dead_requeue": Page(does="requeue", data=_ticked("dead")),
    "dead_discard": Page(does="discard", data=_ticked("dead", reason="known")),
    "bulk_operations": Page("list bulk operations"),
    "bulk_fragment": Page("list bulk operations"),
    "bulk_operation": Page("see a bulk operation"),
    "bulk_operation_fragment": Page("see a bulk operation"),
    "bulk_operation_cancel": Page(does="cancel_bulk"),
    "forecast": Page("list jobs"),
    "timeline": Page("list runs"),
    "timeline_fragment": Page("list runs"),
    "spread": Page("spread"),
    "schedule_preview": Page(does="preview", data=lambda thing: {"schedule": "@daily"}),
    "params_check": Page(does="preview", data=lambda thing: {"task": "EchoTask", "params": "{}"}),
    "retry_waits": Page(does="preview", data=lambda thing: {"max_retries": "3"}),
    "task_help": Page("see tasks"),
    "beatwright_import": Page("import"),
    "beatwright_auditentry_changelist": Page("list the audit"),
    "beatwright_job_changelist": Page("list jobs"),
    "beatwright_fragment": Page("list jobs"),
    "beatwright_job_add": Page("create_job", "create_job", _form),
    "beatwright_job_bulk": Page(does="begin_bulk",
                                data=lambda thing: {"verb": "pause", "all": "1", "sure": "1"}),
    "beatwright_job_detail": Page("see a job"),
    "beatwright_job_live": Page("see a job"),
    "beatwright_job_change": Page("update_job", "update_job", _change),
    "beatwright_job_history": Page("see a job's history"),
    "beatwright_job_restore": Page(does="restore_version", data=lambda thing: {"version": "1"}),
    "beatwright_job_follow": Page(does="run_now"),
    "beatwright_job_reveal": Page(does="reveal_job"),
    "beatwright_job_backfill": Page("backfill_job"),
    "beatwright_run_changelist": Page("list runs"),
    "runs_fragment": Page("list runs"),
    "runs_csv": Page("list runs"),
    "runs_bulk": Page(does="rerun in bulk", data=_ticked_runs),
    "view_save": Page(does="save_view", data=lambda thing: {"name": "mine", "query": ""},
                      places={"noun": "runs"}),
    "beatwright_run_peek": Page("see a run"),
    "beatwright_run_compare": Page("see a run"),
    "beatwright_run_change": Page("see a run"),
    "beatwright_run_live": Page("see a run"),
    "beatwright_run_log": Page("see a run"),
    "beatwright_run_first_error": Page("see a run"),
    "beatwright_run_log_text": Page("see a run"),
    "beatwright_run_cancel": Page(does="cancel_run", run="waiting"),
    "beatwright_run_reveal": Page(does="reveal_run"),
    "beatwright_run_delete": Page("delete_run", "delete_run", lambda thing: {"sure": "1"}),
    "beatwright_run_undiscard": Page(does="undo_discard", run="discarded"),
    "beatwright_run_rerun": Page("rerun", "rerun", run="dead"),
    "beatwright_apitoken_changelist": Page("see tokens"),
    "beatwright_apitoken_create": Page(
        does="create_token",
        data=lambda thing: {"name": "ci", "scope": "", "tags": "", "days": "90"}
    ),
    "beatwright_apitoken_revoke": Page("revoke_token", "revoke_token", lambda thing: {"sure": "1"}),
}  # fmt: skip
# The buttons of a job's page: each is an address of its own, by its last word.
VERBS = {
    "run": Page("run_now", "run_now"),
    "pause": Page("pause_job", "pause_job"),
    "resume": Page(does="resume_job"),
    "archive": Page("archive_job", "archive_job", lambda thing: {"sure": "1"}),
    "unarchive": Page(does="unarchive_job", archived=True),
    "tag": Page("update_job", "update_job", lambda thing: {"tags": "new"}),
    "queue": Page("update_job", "update_job", lambda thing: {"queue": "night"}),
}


def _every(model: Any, **fields: Any) -> Any:
    return model.objects.get_or_create(**fields)[0]


# Rows of Django's and Celery's own, as their pages need one.
ROWS: dict[str, Callable[[], Any]] = {
    "auth_user": lambda: None,
    "auth_group": lambda: _every(Group, name="another"),
    "django_celery_beat_periodictask": lambda: _every(
        PeriodicTask,
        name="row",
        task="EchoTask",
        interval=_every(IntervalSchedule, every=7, period="hours"),
    ),
    "django_celery_beat_clockedschedule": lambda: _every(
        ClockedSchedule, clocked_time=datetime(2030, 1, 1, tzinfo=UTC)
    ),
    "django_celery_beat_crontabschedule": lambda: _every(CrontabSchedule, minute="7"),
    "django_celery_beat_intervalschedule": lambda: _every(
        IntervalSchedule, every=5, period="hours"
    ),
    "django_celery_beat_solarschedule": lambda: _every(
        SolarSchedule, event="sunset", latitude=1, longitude=1
    ),
    "django_celery_results_taskresult": lambda: _every(TaskResult, task_id="row"),
    "django_celery_results_groupresult": lambda: _every(GroupResult, group_id="row"),
}
# Nobody writes these by hand: their lists are for looking.
ONLY_LOOKED_AT = ("django_celery_results_taskresult", "django_celery_results_groupresult")


def _of_django() -> Iterator[tuple[str, Page]]:
    for model in ROWS:
        app, _, name = model.rpartition("_")
        reach = Reach.SITE if app.startswith("django_celery") else Reach.SHARED
        for verb in ("view",) if model in ONLY_LOOKED_AT else ("view", "add", "delete"):
            is_for_all = model == "auth_group" and verb == "add"
            RIGHTS[f"{verb} {model}"] = Right(
                f"{app}.{verb}_{name}", Reach.SITE if is_for_all else reach
            )
        yield f"{model}_changelist", Page(f"view {model}")
        yield f"{model}_history", Page(f"view {model}")
        if model not in ONLY_LOOKED_AT:
            yield f"{model}_add", Page(f"add {model}")
        if app != "auth":
            yield f"{model}_change", Page(f"view {model}")
            if model not in ONLY_LOOKED_AT:
                yield (
                    f"{model}_delete",
                    Page(f"delete {model}", f"delete {model}", lambda thing: {"post": "yes"}),
                )


OPERATIONS = {
    **PAGES,
    **dict(_of_django()),
    **{f"beatwright_job_act {verb}": page for verb, page in VERBS.items()},
}


def prepare(name: str) -> None:
    """Make the rows that the address needs, if it needs any."""
    if name in {"person_invite", "person_role"}:
        make_roles()
    if make := ROWS.get(name.rpartition("_")[0]):
        make()
