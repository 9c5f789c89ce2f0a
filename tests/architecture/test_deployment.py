"""The files that deploy the product are valid, and agree with it."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from scheduler_site.config import Config
from tests.architecture.source import BASE_DIR, name_of, tracked
from tests.support import compose

BIN = Path(sys.executable).parent
SET = {"SECRET_KEY": "s", "MESSAGE_KEYS": "m", "POSTGRES_PASSWORD": "p", "REDIS_PASSWORD": "r"}
OURS = ("migrate", "web", "scheduler", "worker", "flower", "grpc", "kafka")


def run(*command: str) -> str:
    done = subprocess.run(command, cwd=BASE_DIR, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_compose_file_fits_the_compose_specification() -> None:
    run(
        str(BIN / "check-jsonschema"),
        "--builtin-schema",
        "vendor.compose-spec",
        "docker-compose.yml",
    )


def test_hadolint_has_nothing_to_say_about_the_dockerfile() -> None:
    run(str(BIN / "hadolint"), "Dockerfile")


@pytest.mark.parametrize("name", sorted(SET))
def test_a_required_variable_that_is_not_set_is_named(name: str) -> None:
    with pytest.raises(compose.Missing, match=f"^set {name} to"):
        compose.services(SET | {name: ""}, {})


def test_the_compose_file_holds_no_secret() -> None:
    text = compose.FILE.read_text()
    secret = re.findall(r"^\s*(\w*(?:PASSWORD|SECRET|TOKEN)\w*): (.*)$", text, re.MULTILINE)
    assert secret
    assert [name for name, value in secret if not value.startswith("${")] == []


def test_our_services_are_given_nothing_but_known_variables() -> None:
    known = {name.upper() for name in Config.model_fields}
    elsewhere = {"PGPASSWORD", "FLOWER_UNAUTHENTICATED_API", "FLOWER_BROKER_API"}  # libpq, Flower
    given = {name for service in OURS for name in compose.services(SET, {})[service].environment}
    assert given - known == elsewhere


def test_the_web_server_alone_has_the_key_of_sessions() -> None:
    services = compose.services(SET, {})
    assert [name for name in OURS if services[name].environment.get("SECRET_KEY")] == ["web"]
    assert {services[name].environment["MESSAGE_KEYS"] for name in OURS} == {"m"}


def test_redis_wants_a_password_and_gives_nobody_the_run_of_the_server() -> None:
    services = compose.services(SET, {})
    words = " ".join(services["redis"].command)
    assert "--user default off" in words
    assert "--user beatwright on >r ~* &* +@all -@admin -@dangerous" in words
    assert services["worker"].environment["REDIS_URL"] == "redis://beatwright:r@redis:6379/0"


def test_every_service_that_stays_has_a_health_check() -> None:
    services = compose.services(SET, {})
    # What reads Kafka ends when it cannot, and tells its lag to the metrics.
    without = {name for name, service in services.items() if not service.healthcheck}
    assert without == {"migrate", "kafka"}


def test_the_image_runs_as_somebody_without_rights_from_a_pinned_base() -> None:
    text = (BASE_DIR / "Dockerfile").read_text()
    assert re.findall(r"^USER (.+)$", text, re.MULTILINE) == ["10001:10001"]
    assert all(
        re.fullmatch(r"python:3\.11\.\d+-slim-\w+", base)
        for base in re.findall(r"^FROM (\S+)", text, re.MULTILINE)
    )
    installed = re.findall(r"--require-hashes --requirement /tmp/(\S+)", text)
    assert installed == ["requirements-people.txt", "requirements-kafka.txt"]
    assert text.count("pip install") == len(installed)


def test_the_image_holds_what_the_product_needs_and_only_that() -> None:
    copied = set(
        re.findall(
            r"^COPY (?!--from)(.+) \S+$", (BASE_DIR / "Dockerfile").read_text(), re.MULTILINE
        )
    )
    names = {name for line in copied for name in line.split()}
    allowed = set(re.findall(r"^!(\S+)$", (BASE_DIR / ".dockerignore").read_text(), re.MULTILINE))
    assert names == allowed
    needed = {name_of(path).split("/")[0] for path in tracked() if path.suffix in {".py", ".html"}}
    # The last is what other projects import.
    assert needed - names <= {
        "tests",
        "docs",
        "examples",
        "deploy",
        "beatwright",
    }
