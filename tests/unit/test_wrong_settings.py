"""A process that does not start for a wrong setting says which, and nothing of what a secret one
holds.
"""

from __future__ import annotations

import os
import sys
import traceback
from functools import partial
from importlib import import_module

import pytest

from scheduler_site.config import Config
from tests.support.forked import forked

SECRET = "corr3ct"
SECRET_SETTINGS = [name.upper() for name, field in Config.model_fields.items() if not field.repr]
# As people write what is one, and what is none.
FORMS = (
    SECRET, f"{SECRET}:", f"{{{SECRET}", f'["{SECRET}"]', f"redis://a:{SECRET}/b@host/0",
    f"redis://:{SECRET}#b@host",
    f"amqp://a:1/{SECRET}@host", f"postgresql://a:{SECRET}#b@host/db",
    f"postgresql://a:{SECRET}[b@host/db",
    f"mysql://{SECRET}@host/db?{SECRET}", f"http://a:{SECRET}/b@host",
    f"sentinel://:{SECRET}@host;{SECRET}",
)  # fmt: skip


def told(name: str, value: str) -> str:
    """The traceback, as Celery's processes print it; empty where the settings can be used."""
    os.environ[name] = value
    try:
        sys.modules.pop("scheduler_site.settings")
        import_module("scheduler_site.settings")
    except Exception:  # noqa: BLE001 - whatever it is
        return traceback.format_exc()
    return ""


@pytest.mark.parametrize("name", SECRET_SETTINGS)
def test_a_wrong_setting_is_not_quoted(name: str) -> None:
    assert [text for form in FORMS if SECRET in (text := forked(partial(told, name, form)))] == []


@pytest.mark.parametrize(
    "name", ["CELERY_BROKER_URL", "DATABASE_URL", "MESSAGE_KEYS", "SECRETS_KEYS"]
)
def test_it_is_named(name: str) -> None:
    assert f"{name}: " in forked(partial(told, name, SECRET))


@pytest.mark.parametrize(
    "address",
    ["amqp://ann:1/{}@host//", "redis://ann:1/{}@host/0", "postgresql://ann:1/{}@host/db"],
)
def test_half_a_password_is_not_taken_for_a_part_of_the_address(address: str) -> None:
    """What is called the broker or the database is on pages, in logs and in health."""
    name = "DATABASE_URL" if address.startswith("postgresql") else "CELERY_BROKER_URL"
    assert "%2F stands for /" in forked(partial(told, name, address.format(SECRET)))
