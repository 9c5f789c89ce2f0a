"""REST: every operation of the OpenAPI document, with its right and a request that does it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from urllib.parse import quote

from django.utils import timezone

from jobs.api.views.document import document
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

METHODS = ("get", "post", "put", "patch", "delete")
Body = Callable[[Thing], Any]


@dataclass(frozen=True)
class Operation:
    """``run``: of the thing's runs, the one that the address names.

    ``places``: what else stands in the address.
    """

    right: str
    body: Body = field(default=lambda thing: {})
    run: str = "over"
    archived: bool = False
    places: Mapping[str, Callable[[Thing], Any]] = field(default_factory=dict)
    query: Body = field(default=lambda thing: {})
    by_session: bool = False  # for whom a token stands, only as its scopes say
    changes: bool = True  # unless it only reads


def new(thing: Thing) -> dict[str, Any]:
    return {"name": "fresh", "task": "EchoTask", "schedule": "@daily", "tags": thing.job.tags}


def new_secret(thing: Thing) -> dict[str, Any]:
    return {"name": "fresh", "value": "corr3ct", "tags": thing.job.tags}


def new_channel(thing: Thing) -> dict[str, Any]:
    return {"name": "fresh", "kind": "email", "address": "ana@example.com"}


def _range(thing: Thing) -> dict[str, str]:
    now = timezone.now().replace(microsecond=0)
    return {"from": (now - timedelta(hours=3)).isoformat(), "to": now.isoformat()}


def _ids(run: str, **more: Any) -> Body:
    return lambda thing: {"ids": [str(thing.runs[run].pk)], **more}


def _file(thing: Thing) -> dict[str, Any]:
    return {"format": "beatwright/1", "jobs": [new(thing)]}


OF_ALERT = {"alert_id": lambda thing: thing.alert.pk}
OF_ACKNOWLEDGED = {"alert_id": lambda thing: thing.acknowledged.pk}
IN_POOL, IN_CALENDAR = {"name": lambda thing: POOL}, {"name": lambda thing: CALENDAR}
IN_QUEUE = {"name": lambda thing: PAUSED}
OF_SECRET = {"name": lambda thing: thing.secret.pk}
OF_CHANNEL = {"name": lambda thing: CHANNEL}
OF_FREE_CHANNEL = {"name": lambda thing: FREE_CHANNEL}
OF_ROUTE = {"name": lambda thing: ROUTE}
OF_NOTICE = {"notice_id": lambda thing: thing.notice.pk}
OF_WORKER = {"name": lambda thing: quote(WORKER)}
GODISPATCH_TASK = {
    "name": "fresh",
    "type": "EchoTask",
    "schedule": {"type": "cron", "cron_expression": "0 2 * * *"},
}
DTS_GO_JOB = {"name": "fresh", "cron_expression": "0 2 * * *"}

OPERATIONS = {
    "alerts_retrieve": Operation("list alerts"),
    "alerts_acknowledge_create": Operation("acknowledge_alert", lambda thing: {"reason": "me"},
                                           places=OF_ALERT),
    "alerts_undo_acknowledge_create": Operation("undo_acknowledge", places=OF_ACKNOWLEDGED),
    "alerts_causes_retrieve": Operation("list alerts"),
    "alerts_causes_acknowledge_create": Operation(
        "acknowledge_cause", lambda thing: {"cause": thing.alert.cause}),
    "alerts_causes_undo_acknowledge_create": Operation(
        "undo_acknowledge_cause", lambda thing: {"cause": thing.acknowledged.cause}),
    "audit_retrieve": Operation("list the audit"),
    "backfills_retrieve": Operation("see a job"),
    "backfills_cancel_create": Operation("cancel_backfill"),
    "bulk_list": Operation("list bulk operations"),
    "bulk_create": Operation("begin_bulk", lambda thing: {"verb": "pause", "filter": {}}),
    "bulk_retrieve": Operation("see a bulk operation"),
    "bulk_cancel_create": Operation("cancel_bulk"),
    "dead_letters_retrieve": Operation("list runs"),
    "dead_letters_discard_create": Operation("discard", _ids("dead", reason="known")),
    "dead_letters_groups_retrieve": Operation("list runs"),
    "dead_letters_requeue_create": Operation("requeue", _ids("dead")),
    "dead_letters_undo_discard_create": Operation("undo_discard", _ids("discarded")),
    "history_retrieve": Operation("check the history"),
    "import_create": Operation("import", _file),
    "forecast_retrieve": Operation("list jobs"),
    "timeline_retrieve": Operation("list runs"),
    "jobs_list": Operation("list jobs"),
    "jobs_create": Operation("create_job", new),
    "jobs_retrieve": Operation("see a job"),
    "jobs_update": Operation("update_job",
                             lambda thing: new(thing) | {"name": f"new {thing.job.name}"}),
    "jobs_partial_update": Operation("update_job", lambda thing: {"description": "x"}),
    "jobs_destroy": Operation("archive_job"),
    "jobs_backfill_retrieve": Operation("see a job", query=_range),
    "jobs_backfill_create": Operation("backfill_job", _range),
    "jobs_backfills_retrieve": Operation("see a job"),
    "jobs_cancel_runs_create": Operation("cancel_runs"),
    "jobs_pause_create": Operation("pause_job", lambda thing: {"reason": "db move"}),
    "jobs_preview_retrieve": Operation("see a job"),
    "jobs_resume_create": Operation("resume_job"),
    "jobs_reveal_create": Operation("reveal_job", lambda thing: {"reason": "rotation"}),
    "jobs_run_create": Operation("run_now"),
    "jobs_runs_retrieve": Operation("see a run"),
    "jobs_unarchive_create": Operation("unarchive_job", archived=True),
    "jobs_versions_retrieve": Operation("see versions"),
    "jobs_versions_restore_create": Operation("restore_version"),
    "jobs_why_retrieve": Operation("see a job"),
    "pools_list": Operation("see pools"),
    "pools_create": Operation("create_pool", lambda thing: {"name": "cpu", "slots": 2}),
    "pools_retrieve": Operation("see pools", places=IN_POOL),
    "pools_partial_update": Operation("update_pool", lambda thing: {"slots": 3}, places=IN_POOL),
    "pools_destroy": Operation("delete_pool", places=IN_POOL),
    "calendars_list": Operation("see calendars"),
    "calendars_create": Operation("create_calendar", lambda thing: {"name": "fresh"}),
    "calendars_retrieve": Operation("see calendars", places=IN_CALENDAR),
    "calendars_days_retrieve": Operation(
        "see calendars",
        places=IN_CALENDAR,
        query=lambda thing: {"from": "2026-12-01", "to": "2026-12-31"},
    ),
    "calendars_partial_update": Operation("update_calendar", lambda thing: {"description": "x"},
                                          places=IN_CALENDAR),
    "calendars_destroy": Operation("delete_calendar", places=IN_CALENDAR),
    "channels_list": Operation("see channels"),
    "channels_create": Operation("create_channel", new_channel),
    "channels_retrieve": Operation("see channels", places=OF_CHANNEL),
    "channels_partial_update": Operation("update_channel", lambda thing: {"description": "x"},
                                         places=OF_CHANNEL),
    "channels_destroy": Operation("delete_channel", places=OF_FREE_CHANNEL),
    "channels_test_create": Operation("try_channel", places=OF_CHANNEL),
    "routes_list": Operation("see routes"),
    "routes_create": Operation("create_route",
                               lambda thing: {"name": "fresh", "channel": CHANNEL}),
    "routes_retrieve": Operation("see routes", places=OF_ROUTE),
    "routes_partial_update": Operation("update_route", lambda thing: {"description": "x"},
                                       places=OF_ROUTE),
    "routes_destroy": Operation("delete_route", places=OF_ROUTE),
    "routes_preview_retrieve": Operation("preview a route", places=OF_ROUTE),
    "notices_list": Operation("list notices"),
    "notices_retrieve": Operation("see a notice", places=OF_NOTICE),
    "queues_retrieve": Operation("see queues"),
    "queues_pause_create": Operation("pause_queue", places={"name": lambda thing: "default"}),
    "queues_resume_create": Operation("resume_queue", places=IN_QUEUE),
    "registry_list": Operation("see tasks"),
    "registry_retrieve": Operation("see tasks", places={"name": lambda thing: "EchoTask"}),
    "runs_list": Operation("list runs"),
    "runs_retrieve": Operation("see a run"),
    "runs_destroy": Operation("delete_run"),
    "runs_cancel_create": Operation("cancel_run", run="waiting"),
    "runs_logs_retrieve": Operation("see a run"),
    "runs_rerun_create": Operation("rerun", run="dead"),
    "runs_result_retrieve": Operation("see a run"),
    "runs_reveal_create": Operation("reveal_run"),
    "runs_why_retrieve": Operation("see a run"),
    "schedules_preview_retrieve": Operation("see tasks",
                                            query=lambda thing: {"schedule": "@daily"}),
    "secrets_list": Operation("list secrets"),
    "secrets_create": Operation("create_secret", new_secret),
    "secrets_retrieve": Operation("see a secret", places=OF_SECRET),
    "secrets_partial_update": Operation("update_secret", lambda thing: {"description": "x"},
                                        places=OF_SECRET),
    "secrets_destroy": Operation("delete_secret", places=OF_SECRET),
    "secret_keys_rotate_create": Operation("reseal_secrets", changes=False),
    "stats_retrieve": Operation("list runs"),
    "godispatch_create": Operation("create a job without a tag", lambda thing: GODISPATCH_TASK),
    "godispatch_list": Operation("list jobs"),
    "godispatch_get": Operation("see a job"),
    "godispatch_change": Operation("update_job", lambda thing: {"description": "x"}),
    "godispatch_history": Operation("see a run"),
    "godispatch_health": Operation("see tasks"),
    "godispatch_metrics": Operation("list runs"),
    "godispatch_workers": Operation("see workers"),
    "godispatch_cancel": Operation("pause_job"),
    "godispatch_result": Operation("see a run"),
    "tokens_retrieve": Operation("see tokens"),
    "tokens_create": Operation("create_token", lambda thing: {"name": "ci"}, by_session=True),
    "tokens_revoke_create": Operation("revoke_token"),
    "workers_retrieve": Operation("see workers"),
    "workers_shutdown_create": Operation("shut_down_worker", places=OF_WORKER),
    "distributed_job_list": Operation("list jobs"),
    "distributed_job_create": Operation(
        "create a job without a tag", lambda thing: {"type": "EchoTask", "schedule": "@daily"}
    ),
    "distributed_job_get": Operation("see a job"),
    "distributed_job_patch": Operation("update_job", lambda thing: {"description": "x"}),
    "distributed_job_delete": Operation("archive_job"),
    "dts_go_list": Operation("list jobs"),
    "dts_go_create": Operation("create a job without a tag", lambda thing: DTS_GO_JOB),
    "dts_go_get": Operation("see a job"),
    "dts_go_update": Operation("update_job", lambda thing: {"description": "x"}),
    "dts_go_delete": Operation("archive_job"),
    "dts_go_list_scheduled": Operation("list jobs"),
    "dts_go_schedule": Operation("create a job without a tag", lambda thing: {"job": DTS_GO_JOB}),
    "dts_go_get_scheduled": Operation("see a job"),
    "dts_go_cancel": Operation("pause_job"),
    "dts_go_list_executions": Operation("list runs"),
    "dts_go_get_execution": Operation("see a run"),
}  # fmt: skip


def described() -> Iterator[tuple[str, str, str]]:
    """The id, the method and the address of each operation of the document."""
    for path, item in document()["paths"].items():
        yield from (
            (item[method]["operationId"], method, path) for method in METHODS if method in item
        )


ADDRESSES = {name: (method, path) for name, method, path in described()}


def address_of(name: str, thing: Thing) -> str:
    """Its address, about this thing."""
    operation = OPERATIONS[name]
    job = thing.archived if operation.archived else thing.job
    places = {
        "job_id": job.pk, "run_id": thing.runs[operation.run].pk, "backfill_id": thing.backfill.pk,
        "bulk_id": thing.bulk.pk, "token_id": thing.token.pk, "version": 1,
    }  # fmt: skip
    return ADDRESSES[name][1].format(
        **places | {place: value(thing) for place, value in operation.places.items()}
    )
