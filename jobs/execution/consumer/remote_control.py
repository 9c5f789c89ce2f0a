"""Remote control: what a worker tells and does for whoever can write to the broker, and nothing
beyond.

Celery would answer with every Django setting, secrets among them, and lets a stranger change limits
of tasks.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from celery.worker.control import Panel
from kombu.utils.url import maybe_sanitize_url

from jobs.dispatch.brokers.answering import marked

logger = logging.getLogger(__name__)
Command = Callable[..., Any]

# What Flower and `celery inspect` ask, and `revoke` and `terminate`, which have no effect on runs
# (JobRequest). Not `hello`, by which a stranger could hand over ids to revoke, nor `shutdown`: the
# console stops workers.
OFFERED = frozenset(
    {
        "active", "active_queues", "clock", "conf", "disable_events", "enable_events", "heartbeat",
        "ping",
        "query_task", "registered", "reserved", "revoke", "revoked", "scheduled", "stats",
        "terminate",
    }
)  # fmt: skip
# Of the configuration what tells how a worker works. Whatever is not named here stays with the
# worker.
TOLD = (
    "accept_content", "broker_transport", "enable_utc", "result_expires", "result_extended",
    "task_acks_late",
    "task_acks_on_failure_or_timeout", "task_default_priority", "task_default_queue",
    "task_ignore_result",
    "task_reject_on_worker_lost", "task_serializer", "task_track_started", "timezone",
    "worker_concurrency",
    "worker_max_memory_per_child", "worker_max_tasks_per_child", "worker_prefetch_multiplier",
    "worker_send_task_events",
)  # fmt: skip
TOLD_OF_THE_BROKER = ("transport", "port", "virtual_host", "heartbeat", "connect_timeout")


def limit(panel: type[Panel] = Panel) -> None:
    """Leave OFFERED; everything else, and what later versions of Celery add, is refused by name."""
    stats, queues = panel.data["stats"], panel.data["active_queues"]
    # Aliases, too: Celery keeps `dump_conf` beside `conf`.
    known = {name: command for name, command in panel.data.items() if name in OFFERED}
    panel.data.update({name: _refusal(name) for name in panel.data if name not in OFFERED})
    panel.data.update(
        known
        | {
            "conf": safe_conf,
            "stats": lambda state, **more: without_secrets(stats(state, **more)),
            "active_queues": lambda state, **more: marked(queues(state, **more)),
        }
    )


def safe_conf(state: Any, **_: Any) -> dict[str, Any]:
    """Celery's `conf`: the settings in TOLD that have a value, as JSON can hold them."""
    values = {name: state.app.conf.get(name) for name in TOLD}
    return {
        name: value if isinstance(value, bool | int | float) else str(value)
        for name, value in values.items()
        if value is not None
    }


def without_secrets(stats: dict[str, Any]) -> dict[str, Any]:
    """Celery's `stats`, whose broker has passwords in alternative addresses and in the transport's
    options.
    """
    broker: Any = stats.get("broker")
    if not isinstance(broker, dict):
        return stats
    host = str(broker.get("hostname") or "")
    kept = {name: broker[name] for name in TOLD_OF_THE_BROKER if name in broker}
    return stats | {"broker": kept | {"hostname": maybe_sanitize_url(host)}}


def _refusal(name: str) -> Command:
    def refuse(state: Any, **_: Any) -> dict[str, str]:
        logger.warning("remote control: %s was asked for, which this worker does not offer", name)
        return {"error": f"{name}: Beatwright's workers do not offer this command"}

    return refuse
