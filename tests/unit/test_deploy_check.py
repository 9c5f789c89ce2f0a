"""Django's own check of a deployment finds nothing in the settings of a production site."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

BASE_DIR = Path(__file__).resolve().parents[2]
PRODUCTION = {
    "SECRET_KEY": "n5mM2kq9Zf7Lx0wB4cR8vT1yH6jD3sAe-uPgKoIiQzXhWbNrEtYl",
    "MESSAGE_KEYS": "Zf7Lx0wB4cR8vT1yH6jD3sAe-uPgKoIiQzXhWbNrEtYl",
    "SECRETS_KEYS": "2cN8vX0u8rYlqk5hZl8m3o6t1w4z7A9dGfJhKlMnPrQ=",
    "SECURE_PROXY": "true",
    "ALLOWED_HOSTS": "jobs.example.org",
    "CSRF_TRUSTED_ORIGINS": "https://jobs.example.org",
}


def check(tmp_path: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    (tmp_path / "static").mkdir()
    env = {"PATH": os.environ["PATH"], "ENV_FILE": "", "DATA_DIR": str(tmp_path)} | variables
    command = [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"]
    return subprocess.run(
        command, cwd=BASE_DIR, env=env, capture_output=True, text=True, check=False
    )


def test_the_check_of_a_deployment_is_clean(tmp_path: Path) -> None:
    done = check(tmp_path, **PRODUCTION)
    assert done.returncode == 0, done.stderr
    assert "no issues (0 silenced)" in done.stdout


def test_keys_of_messages_that_other_machines_do_not_know_are_named(tmp_path: Path) -> None:
    said = check(tmp_path, **PRODUCTION | {"MESSAGE_KEYS": ""}).stderr
    assert "beatwright.W001" in said
    assert "MESSAGE_KEYS is not set" in said


def test_keys_of_secrets_that_other_machines_do_not_know_are_named(tmp_path: Path) -> None:
    said = check(tmp_path, **PRODUCTION | {"SECRETS_KEYS": ""}).stderr
    assert "beatwright.W002" in said
    assert "SECRETS_KEYS is not set" in said


def test_a_short_key_is_refused_by_name_and_not_repeated(tmp_path: Path) -> None:
    done = check(tmp_path, **PRODUCTION | {"MESSAGE_KEYS": "tooshort"})
    assert done.returncode
    assert "MESSAGE_KEYS: each key needs 32 characters at least" in done.stderr
    assert "tooshort" not in done.stderr


def test_the_check_can_fail(tmp_path: Path) -> None:
    assert "security.W004" in check(tmp_path, **PRODUCTION | {"SECURE_PROXY": "false"}).stderr
