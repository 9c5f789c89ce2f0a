"""What an operator may set: environment variables, a .env file, or one JSON, YAML or TOML file
named by CONFIG_FILE.

The environment wins over .env, which wins over the file. A wrong value is an error that names the
variable.
"""

from __future__ import annotations

import os
import re
import tempfile
from hashlib import sha256
from importlib.util import find_spec
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import quote

from cryptography.fernet import Fernet
from django.core.exceptions import ImproperlyConfigured
from dotenv import dotenv_values
from pydantic import AfterValidator, BeforeValidator, Field, ValidationError
from pydantic_settings import (
    BaseSettings,
    InitSettingsSource,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from scheduler_site.sources import older_variables
from scheduler_site.sources.configuration_file import read_file

BASE_DIR = Path(__file__).resolve().parent.parent
# Kombu's, and redis-py's own.
REDIS_SCHEMES = {
    "redis": "redis",
    "rediss": "rediss",
    "redis+socket": "unix",
}
OUR_OWN = {"admin", "api", "flower", "static", "v1", "livez", "readyz", "healthz", "metrics"}
LONGEST_SOCKET_PATH = 103  # bytes; Linux allows 107, BSD and macOS 103


def _split(value: Any) -> Any:
    return (
        [part.strip() for part in value.split(",") if part.strip()]
        if isinstance(value, str)
        else value
    )


def _networks(values: list[str]) -> list[str]:
    for value in values:
        ip_network(value)
    return values


def _prefix(value: str) -> str:
    """``/sched``, however it is written; empty for the root."""
    path = value.strip("/")
    if path and not re.fullmatch(r"[\w.~-]+(/[\w.~-]+)*", path, re.ASCII):
        raise ValueError("must be a path such as /sched, of letters, digits and - . _ ~")
    if path.partition("/")[0] in OUR_OWN:
        raise ValueError(f"/{path} begins as addresses of Beatwright's own do; choose another one")
    return f"/{path}" if path else ""


def fernet_keys(keys: list[str]) -> list[str]:
    """Each by its place in the list: an error that quoted it would put it in a log."""
    for number, key in enumerate(keys, start=1):
        try:
            Fernet(key)
        except ValueError:
            raise ValueError(
                f"key {number} is none; bin/up makes one, and so does manage.py secret new-key"
            ) from None
    return keys


# What may hold a secret: such a field is left out wherever the configuration is printed.
Secret = Annotated[str, Field(repr=False)]
SecretOptions = Annotated[dict[str, Any], Field(repr=False)]
CommaList = Annotated[list[str], NoDecode, BeforeValidator(_split)]
Ports = Annotated[list[Annotated[int, Field(ge=1, le=65535)]], NoDecode, BeforeValidator(_split)]
Origin = Annotated[str, Field(pattern=r"^(\*|https?://[^/?#\s*]+)$")]
Origins = Annotated[list[Origin], NoDecode, BeforeValidator(_split)]
NetworkList = Annotated[CommaList, AfterValidator(_networks)]
SecretList = Annotated[list[str], NoDecode, BeforeValidator(_split), Field(repr=False)]
SecretKeys = Annotated[CommaList, AfterValidator(fernet_keys), Field(repr=False)]


class Config(BaseSettings):
    """Every variable Beatwright reads; the field name in capitals is the variable's name."""

    model_config = SettingsConfigDict(
        env_file=os.environ.get("ENV_FILE", BASE_DIR / ".env"),
        extra="ignore",
        case_sensitive=False,
        env_ignore_empty=True,
    )

    data_dir: Path = BASE_DIR / "var"
    database_url: Secret = ""
    redis_url: Secret = ""
    celery_broker_url: Secret = ""
    broker_transport_options: SecretOptions = {}
    kafka_properties: Path | None = None
    secret_key: Secret = ""
    message_keys: SecretList = []
    plain_tasks: CommaList = []
    secrets_keys: SecretKeys = []
    allowed_hosts: CommaList = ["localhost", "127.0.0.1", "[::1]"]
    csrf_trusted_origins: CommaList = []
    cors_origins: Origins = []
    debug: bool = False
    secure_proxy: bool = False
    # Gunicorn's own name for it.
    url_prefix: Annotated[str, AfterValidator(_prefix)] = os.environ.get("SCRIPT_NAME", "")
    public_url: str = Field(default="", pattern="^(https?://[^/?#]+/?)?$")
    port: int = Field(default=8000, ge=1, le=65535)
    grpc_port: int = Field(default=50051, ge=1, le=65535)
    grpc_tls_cert: Path | None = None
    grpc_tls_key: Path | None = None
    grpc_open_on_loopback: bool | None = None
    also_ports: Ports = []
    also_grpc_ports: Ports = []
    compat_open_on_loopback: bool | None = None
    compat_open_networks: NetworkList = []
    time_zone: str = "UTC"
    admin_password: Secret = ""
    second_factor: Literal["off", "optional", "operators", "everybody"] = "off"
    oidc_issuer: str = Field(default="", pattern="^(https?://[^?#]+)?$")
    oidc_client_id: str = ""
    oidc_client_secret: Secret = ""
    oidc_name: str = "Single sign-on"
    oidc_domains: CommaList = []
    oidc_role_claim: str = "groups"
    oidc_roles: dict[str, str] = {}
    oidc_follow_roles: bool = False
    session_days: int = Field(default=14, ge=1, le=14)
    session_idle_hours: float = Field(default=8, ge=0)
    schedule_files: CommaList = []
    default_task: str = "EchoTask"
    default_timeout: int = Field(default=0, ge=0)
    default_max_retries: int = Field(default=0, ge=0, le=1000)
    extra_apps: CommaList = []
    task_modules: CommaList = []
    environment: str = ""
    release: str = ""
    allow_commands: bool = False
    http_allow_hosts: CommaList = []
    email_host: str = ""
    email_port: int = Field(default=587, ge=1, le=65535)
    email_host_user: str = ""
    email_host_password: Secret = ""
    email_use_tls: bool = True
    default_from_email: str = "beatwright@localhost"
    api_rate_per_minute: int = Field(default=6000, ge=0)
    login_rate_per_minute: int = Field(default=30, ge=0)
    publish_window: int = Field(default=1000, ge=1)
    stop_grace_seconds: float = Field(default=10, ge=0)
    memory_limit_mb: int = Field(default=0, ge=0)
    child_memory_mb: int = Field(default=1024, ge=1)
    task_idle_transaction_seconds: float = Field(default=600, ge=0)
    autoscale: str = Field(default="8,1", pattern=r"^\d+,\d+$")
    flower_socket: Path | None = None
    scheduler_url: Secret = ""
    scheduler_token: Secret = ""
    metrics_token: Secret = ""
    log_level: str = Field(default="INFO", pattern="^(DEBUG|INFO|WARNING|ERROR)$")
    log_format: str = Field(default="text", pattern="^(text|json)$")
    otel_exporter_otlp_endpoint: str = Field(default="", pattern="^(https?://.+)?$", repr=False)
    tuning: dict[str, float] = {}

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        variables = variables_here()
        taken = {name for name in settings_cls.model_fields if variables.get(name.upper())}
        older = older_variables.settings_in(variables, taken)
        path = os.environ.get("CONFIG_FILE")
        stored = read_file(Path(path), settings_cls.model_fields)[0] if path else {}
        others = (InitSettingsSource(settings_cls, values) for values in (older, stored))
        return (init_settings, env_settings, dotenv_settings, *others)

    @property
    def broker_url(self) -> str:
        """The broker's URL; without one, the embedded Redis's socket in DATA_DIR."""
        return (
            self.celery_broker_url
            or self.redis_url
            or f"redis+socket://{quote(str(self.socket_path('redis')))}"
        )

    @property
    def rates_redis_url(self) -> str:
        """The Redis in which requests are counted, as redis-py writes it: REDIS_URL, else the
        broker; or empty.

        Several are several here too; sentinels stay as kombu writes them.
        """
        url = self.redis_url or self.broker_url
        return (
            url
            if url.startswith("sentinel://")
            else ";".join(filter(None, map(_as_redis_py, url.split(";"))))
        )

    def socket_path(self, name: str) -> Path:
        """``DATA_DIR/<name>/<name>.sock``, or a short path in the temp directory where that is too
        long to bind.
        """
        data_dir = self.data_dir.absolute()
        path = data_dir / name / f"{name}.sock"
        if len(os.fsencode(path)) <= LONGEST_SOCKET_PATH:
            return path
        own = f"beatwright-{os.geteuid()}-{sha256(os.fsencode(data_dir)).hexdigest()[:12]}"
        return Path(tempfile.gettempdir()) / own / f"{name}.sock"

    @property
    def embeds_redis(self) -> bool:
        return not (self.celery_broker_url or self.redis_url)


def _as_redis_py(url: str) -> str:
    scheme, _, rest = url.strip().partition("://")
    rest = re.sub(
        r"\bssl_cert_reqs=CERT_(\w+)", lambda found: f"ssl_cert_reqs={found[1].lower()}", rest
    )
    return (
        f"{REDIS_SCHEMES[scheme]}://{rest.replace('virtual_host=', 'db=')}"
        if scheme in REDIS_SCHEMES
        else ""
    )


def variables_here() -> dict[str, str | None]:
    """The environment's variables, and those of .env beneath them, by their names in capitals."""
    path = os.environ.get("ENV_FILE", BASE_DIR / ".env")
    stored = dotenv_values(path) if path else {}
    return {name.upper(): value for name, value in {**stored, **os.environ}.items()}


def notes() -> list[str]:
    """What was set and is not read, or is read otherwise than it may be meant; a sentence for
    each.
    """
    path = os.environ.get("CONFIG_FILE")
    of_file = read_file(Path(path), Config.model_fields)[1] if path else []
    return [*older_variables.notes_on(variables_here(), Config.model_fields), *of_file]


def load() -> Config:
    """Read the configuration; raise ImproperlyConfigured naming each wrong variable."""
    try:
        return Config()
    except ValidationError as error:
        problems = "; ".join(
            f"{'.'.join(map(str, e['loc'])).upper()}: {e['msg']}" for e in error.errors()
        )
        raise ImproperlyConfigured(f"Wrong configuration. {problems}") from None
    except ValueError as error:
        raise ImproperlyConfigured(f"Wrong configuration. {error}") from None


def extra_apps(config: Config) -> list[str]:
    """EXTRA_APPS, each of which must be there: tables and forms may hang on an app, so none is left
    out.
    """
    for name in config.extra_apps:
        package = name.partition(".")[0]
        if find_spec(package) is None:
            raise ImproperlyConfigured(
                f"EXTRA_APPS: there is no module {package!r} on PYTHONPATH (for {name!r})."
            )
    return config.extra_apps
