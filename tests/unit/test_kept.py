"""Secrets that are made once and kept in DATA_DIR, and the keys of messages as they are set."""

from __future__ import annotations

import stat
import sys
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from scheduler_site import kept
from scheduler_site.config import Config

FIRST, SECOND = "first" * 8, "second" * 8


def config(folder: Path, *keys: str) -> Config:
    return Config.model_construct(data_dir=folder, secret_key="", message_keys=list(keys))


def test_a_key_is_made_once_and_read_by_its_owner_alone(tmp_path: Path) -> None:
    made = kept.message_keys(config(tmp_path))
    assert (len(made), made.are_kept) == (1, True)
    assert kept.message_keys(config(tmp_path)) == made
    assert stat.S_IMODE((tmp_path / "message_keys").stat().st_mode) == 0o600
    assert made[0] not in {kept.secret_key(config(tmp_path)), repr(made), str(made)}


@pytest.mark.parametrize(
    "text",
    [f"{FIRST}\n{SECOND}", f"{FIRST}\n{SECOND}\n", f"{FIRST},{SECOND}", f"{FIRST}, {SECOND}"],
)
def test_a_file_may_hold_several_keys_in_their_order(tmp_path: Path, text: str) -> None:
    (tmp_path / "message_keys").write_text(text)
    assert tuple(kept.message_keys(config(tmp_path))) == (FIRST, SECOND)


def test_keys_that_are_set_are_not_kept(tmp_path: Path) -> None:
    keys = kept.message_keys(config(tmp_path, FIRST, SECOND))
    assert (tuple(keys), keys.are_kept) == ((FIRST, SECOND), False)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("text", ["", "\n", f"{FIRST}\nshort"])
def test_a_file_with_a_short_key_or_none_is_named(tmp_path: Path, text: str) -> None:
    (tmp_path / "message_keys").write_text(text)
    with pytest.raises(ImproperlyConfigured, match=r"message_keys: each key needs 32 characters"):
        kept.message_keys(config(tmp_path))


@pytest.mark.parametrize(
    "program", ["/srv/.venv/bin/celery", "/srv/.venv/lib/site-packages/celery/__main__.py"]
)
def test_celery_has_no_key_of_sessions_but_where_one_is_kept(
    tmp_path: Path, program: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "argv", [program, "worker"])
    assert kept.secret_key(config(tmp_path)) != kept.secret_key(config(tmp_path))
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "secret_key").write_text("of the web server")
    # Which a body may sign something for.
    assert kept.secret_key(config(tmp_path)) == "of the web server"
