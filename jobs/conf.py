"""The engine's own numbers, with production defaults; Django's ``settings.BEATWRIGHT`` overrides
any of them.
"""

from __future__ import annotations

from datetime import timedelta
from functools import lru_cache

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.signals import setting_changed
from pydantic import BaseModel, ConfigDict, Field, ValidationError

EXCLUSIVE_SHARE_OF_LEASE = 0.75


class Conf(BaseModel):
    """Units are in the names; all durations are in seconds."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    # The scheduler's loop.
    plan_batch: int = Field(default=500, ge=1)
    max_sleep_seconds: float = Field(default=1.0, gt=0)
    busy_sleep_seconds: float = Field(default=0.05, gt=0)
    on_time_seconds: float = Field(default=60, gt=0)
    catch_up_limit: int = Field(default=100, ge=1)
    # Publishing.
    publish_batch: int = Field(default=500, ge=1)
    publish_window: int = Field(default=1000, ge=1)
    broker_wait_seconds: float = Field(default=0.5, gt=0)
    broker_rest_seconds: float = Field(default=15, gt=0)
    # Leader lease and what its holder runs.
    leader_lease_seconds: float = Field(default=10, gt=0)
    leader_renew_seconds: float = Field(default=3, gt=0)
    answer_seconds: float = Field(default=35, gt=0)  # of the database, on our own side
    idle_transaction_seconds: float = Field(default=15, gt=0)
    task_idle_transaction_seconds: float = Field(default=600, ge=0)
    lock_wait_seconds: float = Field(default=5, gt=0)
    loop_lock_wait_seconds: float = Field(default=1, gt=0)
    reconcile_seconds: float = Field(default=15, gt=0)
    held_seconds: float = Field(default=20, gt=0)
    unblock_seconds: float = Field(default=1, gt=0)
    watch_seconds: float = Field(default=1, gt=0)
    # The worker.
    lease_seconds: float = Field(default=60, gt=0)
    lease_renew_seconds: float = Field(default=10, gt=0)
    lease_grace_seconds: float = Field(default=15, ge=0)
    lease_timeout_seconds: float = Field(default=5, gt=0)
    exclusive_stop_seconds: float = Field(default=45, gt=0)
    recovery_seconds: float = Field(default=10, gt=0)
    losses_allowed: int = Field(default=3, ge=1)  # of its process alone
    worker_losses_allowed: int = Field(default=10, ge=1)
    lease_losses_allowed: int = Field(default=20, ge=1)
    child_answer_seconds: float = Field(default=15, gt=0)
    child_silent_seconds: float = Field(default=30, gt=0)
    child_descriptors: int = Field(
        default=64, ge=1
    )  # opened since its first body, first uses included
    child_memory_mb: int = Field(default=1024, ge=1)  # after a body
    memory_limit_mb: int = Field(default=0, ge=0)  # during a body; 0: none
    silent_kill_seconds: float = Field(default=180, gt=0)  # three leases
    supervise_seconds: float = Field(default=0.5, gt=0)
    timeout_kill_seconds: float = Field(default=1, ge=0)
    watchdog_seconds: float = Field(default=60, gt=0)
    watchdog_pause_seconds: float = Field(default=600, gt=0)
    worker_silent_seconds: float = Field(default=60, gt=0)
    retry_base_seconds: float = Field(default=10, gt=0)
    queue_watch_seconds: float = Field(default=1, gt=0)
    stop_grace_seconds: float = Field(default=10, ge=0)
    finish_patience_seconds: float = Field(default=600, ge=0)  # beyond the lease
    spool_dir: str = "var/spool"
    target_wait_seconds: float = Field(default=10, gt=0)
    # Of jobs that say nothing themselves; 0: no limit, no retries.
    default_timeout_seconds: int = Field(default=0, ge=0)
    default_max_retries: int = Field(default=0, ge=0)
    # What is stored.
    result_max_bytes: int = Field(default=64 * 1024, ge=1024)
    log_max_bytes: int = Field(default=10 * 1024 * 1024, ge=1024)
    log_flush_seconds: float = Field(default=1, gt=0)
    # What is kept, and what is said about it.
    retention_days: int = Field(default=30, ge=1)
    audit_days: int = Field(default=365, ge=1)
    retention_seconds: float = Field(default=60, gt=0)
    retention_batch: int = Field(default=1000, ge=1)
    rollup_seconds: float = Field(default=2, gt=0)
    trouble_seconds: float = Field(default=5, gt=0)
    alert_seconds: float = Field(default=10, gt=0)
    late_seconds: float = Field(default=60, gt=0)
    failing_after: int = Field(default=2, ge=1)
    disk_free_megabytes: int = Field(default=100, ge=0)
    metrics_most_jobs: int = Field(default=200, ge=0)
    # Import.
    schedule_files: list[str] = []
    default_task: str = "EchoTask"

    @property
    def exclusive_patience_seconds(self) -> float:
        """How long after the last renewal an exclusive body may go on; never so long that the lease
        might be over.
        """
        return min(self.exclusive_stop_seconds, EXCLUSIVE_SHARE_OF_LEASE * self.lease_seconds)

    @property
    def leader_lease(self) -> timedelta:
        return timedelta(seconds=self.leader_lease_seconds)

    @property
    def lease(self) -> timedelta:
        return timedelta(seconds=self.lease_seconds)


@lru_cache(maxsize=1)
def get() -> Conf:
    """The engine's configuration; raises ImproperlyConfigured naming each wrong entry of
    settings.BEATWRIGHT.
    """
    try:
        return Conf(**getattr(settings, "BEATWRIGHT", {}))
    except ValidationError as error:
        problems = "; ".join(f"BEATWRIGHT[{e['loc'][0]!r}]: {e['msg']}" for e in error.errors())
        raise ImproperlyConfigured(problems) from None


def _reset(*, setting: str, **_: object) -> None:
    if setting == "BEATWRIGHT":
        get.cache_clear()


setting_changed.connect(_reset, dispatch_uid="jobs.conf")
