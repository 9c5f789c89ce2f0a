"""Django's settings, composed from the operator's configuration (scheduler_site.config)."""

from __future__ import annotations

import logging.config
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.urls import reverse_lazy
from kombu.utils.url import maybe_sanitize_url

from jobs.dispatch.brokers.choice import is_redis
from scheduler_site import address, broker, doors, kept
from scheduler_site import config as configuration
from scheduler_site.logs import follow_celery, say_notes

CONFIG = configuration.load()
BASE_DIR = configuration.BASE_DIR
DATA_DIR = CONFIG.data_dir.absolute()
SECRET_KEY = kept.secret_key(CONFIG)
DEBUG = CONFIG.debug
ALLOWED_HOSTS = CONFIG.allowed_hosts
CSRF_TRUSTED_ORIGINS = CONFIG.csrf_trusted_origins

INSTALLED_APPS = [
    "unfold",
    "django.contrib.admin.apps.SimpleAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django_celery_beat",
    "django_celery_results",
    "axes",
    "jobs.apps.JobsConfig",
    *configuration.extra_apps(CONFIG),
    *(doors.APPS if doors.are_wanted(CONFIG) else ()),
]
MIDDLEWARE = [
    "jobs.monitoring.answers.careful",
    "jobs.monitoring.middleware.monitoring",
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.gzip.GZipMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "jobs.access.sessions.watch.watch_sessions",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "jobs.admin.csp.content_security_policy",
    "jobs.admin.preferences.viewers_times",
    "jobs.admin.refusals.RefusalPages",
    "axes.middleware.AxesMiddleware",
    *(doors.MIDDLEWARE if doors.are_wanted(CONFIG) else ()),
]
ROOT_URLCONF = "scheduler_site.urls"
WSGI_APPLICATION = "scheduler_site.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]


def database(sqlite_patience: int = 30) -> dict[str, Any]:
    """The database's Django settings, from DATABASE_URL or the SQLite file in DATA_DIR.

    ``sqlite_patience``: how long (seconds) a statement waits for another writer of SQLite's.
    """
    url = CONFIG.database_url or f"sqlite:///{DATA_DIR / 'beatwright.sqlite3'}"
    settings = address.parsed(url)
    if settings["ENGINE"].endswith("sqlite3"):
        # One writer at a time: IMMEDIATE waits for its turn at BEGIN instead of failing in the
        # middle.
        settings["OPTIONS"] = {
            "transaction_mode": "IMMEDIATE",
            "timeout": sqlite_patience,
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; "
            f"PRAGMA busy_timeout={sqlite_patience * 1000};",
        }
    elif settings["ENGINE"].endswith("postgresql"):
        settings["ENGINE"] = "jobs.database.postgresql"
        # A server that is cut off says nothing; without these a connection would wait for it for a
        # quarter of an hour.
        silence = {
            "keepalives_idle": 10,
            "keepalives_interval": 5,
            "keepalives_count": 3,
            "tcp_user_timeout": 10_000,
        }
        settings["OPTIONS"] = {"connect_timeout": 5, **silence, **settings.get("OPTIONS", {})}
    return settings


# "lifecycle" is the same database over a connection of its own: claims, results and logs are
# written through it, so that a task's open transaction neither hides nor blocks them.
DATABASES = {
    "default": database(),
    "lifecycle": database(sqlite_patience=5) | {"TEST": {"MIRROR": "default"}},
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

RULES = ("UserAttributeSimilarity", "CommonPassword", "NumericPassword", "MinimumLength")
AUTH_PASSWORD_VALIDATORS: list[dict[str, Any]] = [
    {"NAME": f"django.contrib.auth.password_validation.{rule}Validator"} for rule in RULES
]
AUTH_PASSWORD_VALIDATORS[-1]["OPTIONS"] = {"min_length": 12}
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
]
# Five wrong passwords for one name from one address shut that pair out for a while. Not the name
# alone: then anybody could shut out anybody; not the address alone: a whole office may share one.
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = timedelta(minutes=15)
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_ON_SUCCESS = True
AXES_CLIENT_IP_CALLABLE = "jobs.access.address.client_address"
AXES_LOCKOUT_CALLABLE = "jobs.admin.lockout.locked_out"
AXES_ENABLE_ADMIN = AXES_VERBOSE = False
AXES_DISABLE_ACCESS_LOG = True  # a row for every login, kept for ever
# Read by django-allauth alone, where it is a part of the site.
ACCOUNT_ADAPTER = "jobs.signing_in.adapters.AccountAdapter"
ACCOUNT_EMAIL_VERIFICATION = SOCIALACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = ACCOUNT_UNIQUE_EMAIL = False
MFA_ADAPTER = "jobs.signing_in.adapters.SecondFactorAdapter"
MFA_TOTP_ISSUER, MFA_TOTP_TOLERANCE = "Beatwright", 1  # a phone's clock may be half a minute off
MFA_ALLOW_UNVERIFIED_EMAIL = MFA_RECOVERY_CODES_SHOW_ONCE = True
MFA_FORMS = {
    "authenticate": "jobs.signing_in.forms.SecondStep",
    "reauthenticate": "jobs.signing_in.forms.SecondStepAgain",
}
SOCIALACCOUNT_ADAPTER = "jobs.signing_in.adapters.SocialAdapter"
SOCIALACCOUNT_LOGIN_ON_GET = (
    True  # the page's policy lets no form lead to another host; the state is bound all the same
)
SOCIALACCOUNT_PROVIDERS = doors.providers(CONFIG)
LOGIN_URL = reverse_lazy("beatwright:login")
LOGIN_REDIRECT_URL = reverse_lazy("beatwright:index")

LANGUAGE_CODE = "en-gb"
TIME_ZONE = CONFIG.time_zone
USE_TZ = USE_I18N = True

# Where a proxy shows all of this below a path of its own. What is asked for without it is answered
# as well, as a proxy may take it away, and probes of this machine need not know it.
URL_PREFIX = CONFIG.url_prefix
FORCE_SCRIPT_NAME = URL_PREFIX or None
SESSION_COOKIE_PATH = CSRF_COOKIE_PATH = f"{URL_PREFIX}/"
STATIC_URL = f"{URL_PREFIX}/static/"
STATIC_ROOT = DATA_DIR / "static"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "scheduler_site.web.static_files.HashedStaticFiles"},
}
WHITENOISE_USE_FINDERS = True
# As the umask says: whatever is in the data folder is for its owner alone.
FILE_UPLOAD_PERMISSIONS = None

SESSION_ENGINE = "jobs.access.sessions.store"
SESSION_COOKIE_AGE = CONFIG.session_days * 86_400
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
X_FRAME_OPTIONS = "DENY"
if CONFIG.secure_proxy:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SECURE_SSL_REDIRECT = SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = True
    SECURE_HSTS_SECONDS = 31_536_000
    SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = True

EMAIL_BACKEND = (
    f"django.core.mail.backends.{'smtp' if CONFIG.email_host else 'console'}.EmailBackend"
)
EMAIL_HOST = CONFIG.email_host
EMAIL_PORT = CONFIG.email_port
EMAIL_HOST_USER = CONFIG.email_host_user
EMAIL_HOST_PASSWORD = CONFIG.email_host_password
EMAIL_USE_TLS = CONFIG.email_use_tls
EMAIL_TIMEOUT = 30
DEFAULT_FROM_EMAIL = CONFIG.default_from_email

# --- Programs' way in -----------------------------------------------------------------------------
REST_FRAMEWORK = {"URL_FORMAT_OVERRIDE": None}

# --- Celery ---------------------------------------------------------------------------------------
CELERY_BROKER_URL = broker.broker_url(CONFIG)
CELERY_TASK_DEFAULT_QUEUE = "default"
CELERY_TASK_QUEUE_MAX_PRIORITY = broker.max_priority(CONFIG)
CELERY_RESULT_BACKEND = "jobs.execution.backend:JobBackend"
CELERY_RESULT_EXTENDED = True
CELERY_RESULT_EXPIRES = (
    None  # only our retention deletes history; beat's nightly cleanup would erase attempts
)
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_SERIALIZER = "json"
CELERY_RESULT_SERIALIZER = "json"
CELERY_TIMEZONE = TIME_ZONE
CELERY_ENABLE_UTC = True
CELERY_BEAT_SCHEDULER = "jobs.scheduler:JobScheduler"
CELERY_BEAT_SYNC_EVERY = 1
CELERY_TASK_ACKS_LATE = False
CELERY_TASK_REJECT_ON_WORKER_LOST = False
CELERY_TASK_TRACK_STARTED = False
CELERY_TASK_SEND_SENT_EVENT = True
CELERY_WORKER_SEND_TASK_EVENTS = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_DISABLE_PREFETCH = is_redis(CELERY_BROKER_URL)
CELERY_WORKER_PROC_ALIVE_TIMEOUT = (
    60  # under load, Celery's 4 s end pool children that have only begun
)
CELERY_WORKER_MAX_TASKS_PER_CHILD = 10_000
CELERY_WORKER_AUTOSCALER = "jobs.execution.consumer.autoscaler:DemandAutoscaler"
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None  # a worker waits for its broker for as long as it takes
CELERY_BROKER_CHANNEL_ERROR_RETRY = (
    True  # also for one that is there and refuses, as a Redis that is full does
)
CELERY_BROKER_TRANSPORT_OPTIONS = broker.transport_options(CONFIG)
# One connection per pool child, instead of a reconnect around every task.
CELERY_DB_REUSE_MAX = 1_000_000
DJANGO_CELERY_BEAT_TZ_AWARE = True

# --- Beatwright -----------------------------------------------------------------------------------
MESSAGE_KEYS, SECRETS_KEYS = kept.message_keys(CONFIG), kept.secrets_keys(CONFIG)
# What the operator sets under the same name.
SET_AS_NAMED = (
    "publish_window",
    "default_task",
    "default_max_retries",
    "schedule_files",
    "stop_grace_seconds",
    "memory_limit_mb",
    "child_memory_mb",
    "task_idle_transaction_seconds",
    "task_modules",
    "environment",
    "release",
    "allow_commands",
    "http_allow_hosts",
    "plain_tasks",
    "public_url",
    "url_prefix",
    "port",
    "session_idle_hours",
    "api_rate_per_minute",
    "login_rate_per_minute",
    "cors_origins",
    "rates_redis_url",
    "metrics_token",
    "second_factor",
    "oidc_issuer",
    "oidc_name",
    "oidc_role_claim",
    "oidc_roles",
    "oidc_follow_roles",
    "grpc_port",
    "also_grpc_ports",
    "grpc_tls_cert",
    "grpc_tls_key",
    "scheduler_url",
    "scheduler_token",
)
BEATWRIGHT: dict[str, Any] = {
    **{name: getattr(CONFIG, name) for name in SET_AS_NAMED},
    "data_dir": DATA_DIR,
    "message_keys": MESSAGE_KEYS,
    "secrets_keys": SECRETS_KEYS,
    "keys_made_here": kept.made_here(message_keys=MESSAGE_KEYS, secrets_keys=SECRETS_KEYS),
    "oidc_domains": [domain.lower() for domain in CONFIG.oidc_domains],
    "grpc_open_on_loopback": bool(CONFIG.grpc_open_on_loopback),
    "default_timeout_seconds": CONFIG.default_timeout,
    "kafka": broker.kafka_properties(CONFIG),
    "compat_open_on_loopback": bool(CONFIG.compat_open_on_loopback),
    "compat_open_networks": CONFIG.compat_open_networks,
    "traces_endpoint": CONFIG.otel_exporter_otlp_endpoint,
    "flower_socket": Path(CONFIG.flower_socket or CONFIG.socket_path("flower")).absolute(),
    "site": CONFIG,
    **CONFIG.tuning,
}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "text": {
            "()": "scheduler_site.logs.text_formatter",
            "layout": "%(asctime)s %(levelname)s %(name)s: %(message)s",
        },
        "json": {"()": "scheduler_site.logs.json_formatter"},
    },
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": CONFIG.log_format}},
    "root": {"handlers": ["console"], "level": CONFIG.log_level},
    # One line per request, of Flower's proxy and of every HttpRequest run, is the client library's
    # habit, not news. Celery's pool would print the whole arguments of each plain task where the
    # level is DEBUG.
    "loggers": {"httpx": {"level": "WARNING"}, "celery.pool": {"level": "INFO"}},
}
# Set once, here: Celery runs django.setup() again whenever task modules are loaded, and a second
# set-up would take away the handlers that Celery has put in place by then, and with them every line
# a scheduler or worker logs.
LOGGING_CONFIG = None
logging.config.dictConfig(LOGGING)
follow_celery(CONFIG.log_format)
say_notes(configuration.notes())
# The page with DEBUG on, and the mails of Django's AdminEmailHandler where somebody adds it.
DEFAULT_EXCEPTION_REPORTER = "jobs.monitoring.reports.RedactedReport"
DEFAULT_EXCEPTION_REPORTER_FILTER = "jobs.monitoring.reports.ReportFilter"
BROKER_NAME = ";".join(map(maybe_sanitize_url, CELERY_BROKER_URL.split(";")))
