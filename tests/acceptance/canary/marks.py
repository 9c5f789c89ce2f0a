"""The marks: one in every secret setting, and one wherever people put a secret into a job or a
row.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping

from scheduler_site.config import Config
from tests.support.site import Site

Read = tuple[str, str]  # where something was read, and what

# Each is found by itself, so that a failure names what got out. Those that Config leaves out where
# it is printed:
SETTINGS = tuple(name.upper() for name, field in Config.model_fields.items() if not field.repr)
ROWS = (
    "param", "nested param", "address", "failing param", "metadata", "row argument", "row header",
    "waiting param", "channel address", "channel key",
    "secret", "second line", "part of a secret",
)  # fmt: skip
OF_SECRETS = ROWS[-5:]  # the values of secrets that jobs refer to, and what channels keep sealed
BEGINNING = "cnry"  # of every mark, and of nothing else
MARKS: Mapping[str, str] = {
    name: f"{BEGINNING}{number:02}x7Qk9v"
    for number, name in enumerate((*SETTINGS, *ROWS), start=10)
}
# Would send every command to another machine; a test of its own has it.
ELSEWHERE = ("SCHEDULER_URL",)


def environment(site: Site, *, mail_port: int, collector_port: int) -> dict[str, str]:
    """Every secret setting with its mark, in the form it has, all of them at work."""
    forms = {
        "DATABASE_URL": site.env["DATABASE_URL"].replace(
            "sqlite:///", "sqlite://ann:{}@localhost/"
        ),
        # its user takes any password
        "CELERY_BROKER_URL": f"redis://default:{{}}@127.0.0.1:{site.redis.port}/0",
        "REDIS_URL": f"redis://default:{{}}@127.0.0.1:{site.redis.port}/1",
        "OTEL_EXPORTER_OTLP_ENDPOINT": f"http://ann:{{}}@127.0.0.1:{collector_port}",
        "MESSAGE_KEYS": f"{{}}{'-' * 32}",
        "SECRETS_KEYS": f"{{}}{'A' * 31}=",
    }
    secret = {
        name: forms.get(name, "{}").format(MARKS[name])
        for name in SETTINGS
        if name not in ELSEWHERE
    }
    options = json.dumps({"client_name": "tests", "canary": MARKS["BROKER_TRANSPORT_OPTIONS"]})
    plain = {
        "EMAIL_HOST": "127.0.0.1", "EMAIL_PORT": str(mail_port), "EMAIL_USE_TLS": "false",
        "TASK_MODULES": "canary_tasks",
    }  # fmt: skip
    return secret | plain | {"BROKER_TRANSPORT_OPTIONS": options}


def found(read: Iterable[Read], marks: Mapping[str, str] = MARKS) -> tuple[list[str], int]:
    """Where which mark was read and between which words, and how many places were looked at."""
    looked_at = list(read)
    names = [
        f"{where}: {name}: "
        f"{' '.join(text[max(0, text.index(mark) - 60) : text.index(mark) + 20].split())}"
        for where, text in looked_at
        for name, mark in marks.items()
        if mark in text
    ]
    return names, len(looked_at)
