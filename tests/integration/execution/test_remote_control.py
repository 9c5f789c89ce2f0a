"""Remote control: what a worker answers to whoever reaches the broker."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any

import pytest
from celery.worker.control import Panel
from django.conf import settings

from jobs.execution.consumer.remote_control import OFFERED, TOLD, limit
from scheduler_site.celery import app
from scheduler_site.config import Config

MARK = "canary-5ab1e"
STATE = SimpleNamespace(app=app)


@pytest.fixture
def panel() -> type[Panel]:
    return limited()


def limited(**commands: Any) -> type[Panel]:
    """Celery's with these commands in the place of its own, limited; the one of this process stays
    as it is.
    """
    own = type("Own", (Panel,), {"data": Panel.data | commands})
    limit(own)
    return own


def test_what_is_offered_is_there(panel: type[Panel]) -> None:
    assert set(panel.data) >= OFFERED


@pytest.mark.parametrize("name", sorted(set(Panel.data) - OFFERED))
def test_what_is_not_offered_is_refused_by_name(panel: type[Panel], name: str) -> None:
    assert name in panel.data[name](STATE, anything="at all")["error"]


def test_the_answer_about_the_configuration_is_a_list_of_names(panel: type[Panel]) -> None:
    told = panel.data["conf"](STATE, with_defaults=True)
    assert set(told) <= set(TOLD)
    assert told["worker_prefetch_multiplier"] == app.conf.worker_prefetch_multiplier
    assert json.loads(json.dumps(told)) == told
    # Each is a setting that Celery knows: a name of another version would be silently left out.
    assert [name for name in TOLD if name not in app.conf] == []


def test_the_statistics_hold_no_password_of_a_broker(panel: type[Panel]) -> None:
    broker = {
        "hostname": f"sentinel://:{MARK}@one:26379", "userid": "ann", "password": MARK,
        "port": 26379,
        "transport": "sentinel", "virtual_host": "0", "alternates": [f"redis://:{MARK}@two"],
        "transport_options": {"sentinel_kwargs": {"password": MARK}},
    }  # fmt: skip
    told = limited(stats=lambda state: {"pid": 1, "broker": broker}).data["stats"](STATE)
    assert MARK not in repr(told)
    assert (told["pid"], told["broker"]["transport"], told["broker"]["port"]) == (
        1,
        "sentinel",
        26379,
    )


def test_the_configuration_prints_none_of_its_secrets() -> None:
    texts: dict[str, Any] = {
        name: f"https://u:{MARK}@host"
        for name, field in Config.model_fields.items()
        if field.annotation is str and name not in OPEN
    }
    config = Config.model_construct(**texts, broker_transport_options={"password": MARK})
    assert MARK not in repr(config)
    assert MARK not in str(config)
    assert len(texts) >= 9


# Texts that are no secrets. A field that is new has to be put here or be hidden.
OPEN = {
    "url_prefix", "time_zone", "default_task", "email_host", "email_host_user",
    "default_from_email", "autoscale",
    "log_level", "log_format", "public_url", "oidc_issuer", "oidc_client_id", "oidc_name",
    "oidc_role_claim", "environment", "release",
}  # fmt: skip


def test_no_setting_prints_a_secret_of_the_configuration() -> None:
    shown = {name: repr(getattr(settings, name)) for name in dir(settings) if name.isupper()}
    holders = {name for name, text in shown.items() if "for tests only" in text}
    assert holders == {"SECRET_KEY"}
