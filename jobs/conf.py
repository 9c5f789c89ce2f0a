"""All of our settings, with production defaults: Django's ``settings.BEATWRIGHT`` overrides any of
them.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import Annotated, Any, Literal

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.utils.encoding import force_bytes
from pydantic import BaseModel, ConfigDict, Field, ValidationError

EXCLUSIVE_SHARE_OF_LEASE = 0.75
HOLDS = 4  # in the time after which a message that a worker has taken counts as nobody's
Keys = tuple[str, ...]
Origin = Annotated[str, Field(pattern=r"^(\*|https?://[^/?#\s*]+)$")]


def _derived(purpose: str) -> Keys:
    """Keys that nobody has to set: every process of the project has them, and they are rotated as
    SECRET_KEY is.
    """
    known = [
        force_bytes(secret) for secret in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
    ]
    digests = [sha256(f"beatwright {purpose} ".encode() + secret).digest() for secret in known]
    return tuple(base64.urlsafe_b64encode(digest).decode() for digest in digests)


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
    # Opened since its first body, first uses included.
    child_descriptors: int = Field(default=64, ge=1)
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
    expectation_seconds: float = Field(default=5, gt=0)
    alert_seconds: float = Field(default=10, gt=0)
    late_seconds: float = Field(default=60, gt=0)
    # Notices: how often the leader looks, how long one try takes, how many there are at once.
    notice_seconds: float = Field(default=1, gt=0)
    notice_send_seconds: float = Field(default=15, gt=0)
    notice_lease_seconds: float = Field(default=120, gt=0)
    notice_threads: int = Field(default=8, ge=1)
    notice_threads_per_channel: int = Field(default=2, ge=1)
    notice_retry_seconds: float = Field(default=10, gt=0)
    channel_failing_seconds: float = Field(default=3600, gt=0)
    heartbeat_seconds: float = Field(default=60, gt=0)
    failing_after: int = Field(default=2, ge=1)
    disk_free_megabytes: int = Field(default=100, ge=0)
    metrics_most_jobs: int = Field(default=200, ge=0)
    # Import.
    schedule_files: list[str] = []
    environment: str = Field(default="", max_length=100)
    # Later ones are greater: 41, 2026.11.30-2, v1.4.2, or a date-time.
    release: str = Field(default="", max_length=100, pattern=r"^(v?\d+(\D\d+)*Z?)?$")
    default_task: str = "EchoTask"
    # Tasks.
    task_modules: list[str] = []
    allow_commands: bool = False
    http_allow_hosts: list[str] = []
    # Whoever has sent them: a project has senders of its own.
    plain_tasks: list[str] = ["registered", "celery.*"]
    kafka: dict[str, str] = Field(default={}, repr=False)  # librdkafka's, and gsched's own two
    # Keys: the first of each seals or encrypts, all of them open.
    message_keys: Keys = Field(
        default_factory=lambda: _derived("message_keys"), min_length=1, repr=False
    )
    secrets_keys: Keys = Field(
        default_factory=lambda: _derived("secrets_keys"), min_length=1, repr=False
    )
    # Which of the two were made in data_dir, so that other machines lack them.
    keys_made_here: list[str] = []
    # Files and sockets.
    data_dir: Path = Field(
        default_factory=lambda: Path(getattr(settings, "BASE_DIR", Path.cwd())) / "var"
    )
    spool_dir: str = Field(default_factory=lambda told: str(told["data_dir"] / "spool"))
    flower_socket: Path = Field(
        default_factory=lambda told: told["data_dir"] / "flower" / "flower.sock"
    )
    # Ways in.
    public_url: str = Field(default="", pattern="^(https?://[^/?#]+/?)?$")
    url_prefix: str = ""
    port: int = Field(default=8000, ge=1, le=65535)
    session_idle_hours: float = Field(default=8, ge=0)
    api_rate_per_minute: int = Field(default=6000, ge=0)
    login_rate_per_minute: int = Field(default=30, ge=0)
    rates_redis_url: str = Field(default="", repr=False)
    metrics_token: str = Field(default="", repr=False)
    traces_endpoint: str = Field(default="", pattern="^(https?://.+)?$", repr=False)
    second_factor: Literal["off", "optional", "operators", "everybody"] = "off"
    oidc_issuer: str = ""
    oidc_name: str = "Single sign-on"
    oidc_domains: list[str] = []
    oidc_role_claim: str = "groups"
    oidc_roles: dict[str, str] = {}
    oidc_follow_roles: bool = False
    grpc_port: int = Field(default=50051, ge=1, le=65535)
    also_grpc_ports: list[int] = []
    grpc_tls_cert: Path | None = None
    grpc_tls_key: Path | None = None
    grpc_open_on_loopback: bool = False
    compat_open_on_loopback: bool = False
    compat_open_networks: list[str] = []
    cors_origins: list[Origin] = []
    # Where commands go: another machine's API, or with an empty address this one's.
    scheduler_url: str = Field(default="", repr=False)
    scheduler_token: str = Field(default="", repr=False)
    # What the operator of a site of Beatwright's own has set; None in somebody else's project.
    site: Any = Field(default=None, repr=False)

    @property
    def exclusive_patience_seconds(self) -> float:
        """How long after the last renewal an exclusive body may go on; never so long that the lease
        might be over.
        """
        return min(self.exclusive_stop_seconds, EXCLUSIVE_SHARE_OF_LEASE * self.lease_seconds)

    @property
    def holding_seconds(self) -> float:
        """How often a worker says which messages it holds on to; several times in ``held_seconds``,
        after which one counts as nobody's.
        """
        return self.held_seconds / HOLDS

    @property
    def leader_lease(self) -> timedelta:
        return timedelta(seconds=self.leader_lease_seconds)

    @property
    def lease(self) -> timedelta:
        return timedelta(seconds=self.lease_seconds)


_NOTHING: Mapping[str, Any] = {}


class _Read:
    """What was made of ``settings.BEATWRIGHT`` the last time, and of which dict."""

    given: Mapping[str, Any] | None = None
    conf: Conf


def get() -> Conf:
    """The configuration; raises ImproperlyConfigured naming each wrong entry of
    settings.BEATWRIGHT.
    """
    given = getattr(settings, "BEATWRIGHT", _NOTHING)
    if _Read.given is not given:
        _Read.conf = conf_of(given)
        _Read.given = given
    return _Read.conf


def conf_of(given: Mapping[str, Any]) -> Conf:
    """The same for a dict that is handed in."""
    try:
        return Conf(**given)
    except ValidationError as error:
        problems = "; ".join(f"BEATWRIGHT[{e['loc'][0]!r}]: {e['msg']}" for e in error.errors())
        raise ImproperlyConfigured(problems) from None
