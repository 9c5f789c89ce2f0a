"""What CONFIG_FILE and the older systems' variables say is read, or refused by name."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from scheduler_site import config
from tests.support.samples import SAMPLES


@pytest.fixture
def stored(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A configuration file that is named by CONFIG_FILE and not written yet."""
    path = tmp_path / "config.json"
    monkeypatch.setenv("CONFIG_FILE", str(path))
    for name in ("DATA_DIR", "SECRET_KEY", "DATABASE_URL"):
        monkeypatch.delenv(name, raising=False)
    return path


def refusal() -> str:
    with pytest.raises(ImproperlyConfigured) as refused:
        config.load()
    return str(refused.value)


def test_a_name_that_is_no_setting_is_refused_with_the_one_that_was_meant(stored: Path) -> None:
    stored.write_text(json.dumps({"databse_url": "postgresql://a:corr3ct@b/c", "port": 1234}))
    assert "databse_url is not a setting (did you mean database_url?)" in refusal()
    assert "corr3ct" not in refusal()


@pytest.mark.parametrize(
    ("ending", "text"),
    [
        (".json", '{"port": 1234, "allowed_hosts": ["a", "b"]}'),
        (".yaml", "port: 1234\nallowed_hosts: [a, b]\n"),
        (".yml", "port: 1234\nallowed_hosts:\n  - a\n  - b\n"),
        (".toml", 'port = 1234\nallowed_hosts = ["a", "b"]\n'),
    ],
)
def test_json_yaml_and_toml_are_read(
    stored: Path, ending: str, text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = stored.with_suffix(ending)
    path.write_text(text)
    monkeypatch.setenv("CONFIG_FILE", str(path))
    found = config.load()
    assert (found.port, found.allowed_hosts) == (1234, ["a", "b"])


@pytest.mark.parametrize(
    ("ending", "text"),
    [(".json", '{"port": \n corr3ct}'), (".yaml", "port: [\ncorr3ct: {"), (".json", "[1]")],
)
def test_what_cannot_be_read_is_told_by_its_line_and_not_quoted(
    stored: Path, ending: str, text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = stored.with_suffix(ending)
    path.write_text(text)
    monkeypatch.setenv("CONFIG_FILE", str(path))
    assert str(path) in refusal()
    assert "corr3ct" not in refusal()


def test_godispatchs_own_file_is_translated_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONFIG_FILE", str(SAMPLES / "godispatch" / "config.json"))
    found = config.load()
    assert (found.port, found.redis_url, found.autoscale, found.publish_window) == (
        8080,
        "redis://localhost:6379/0",
        "10,1",
        100,
    )
    assert (found.default_max_retries, found.default_timeout) == (3, 600)
    assert found.tuning == {"lease_renew_seconds": 5, "retry_base_seconds": 30}
    told = "\n".join(config.notes())
    for name in (
        "server.host",
        "server.read_timeout",
        "server.write_timeout",
        "worker.count",
        "worker.poll_interval",
    ):
        assert f"{name} is not read" in told


def test_a_name_that_godispatch_does_not_have_either_is_refused(stored: Path) -> None:
    stored.write_text(json.dumps({"server": {"prot": "8080"}, "redis": {"db": 1}}))
    assert "server.prot is not a setting (did you mean port?)" in refusal()
    stored.write_text(json.dumps({"worker": {"count": "many"}}))
    assert "worker.count must be a whole number" in refusal()


def test_a_password_is_a_part_of_the_address(stored: Path) -> None:
    stored.write_text(json.dumps({"redis": {"address": "redis:6379", "password": "a/b", "db": 2}}))
    assert config.load().redis_url == "redis://:a%2Fb@redis:6379/2"


def test_dts_gos_own_env_file_opens_its_ports(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ENV_FILE", str(SAMPLES / "dts_go" / "dotenv"))
    found = config.load()
    assert (found.port, found.also_ports) == (8080, [8081])
    assert (found.grpc_port, found.also_grpc_ports) == (50054, [50052, 50053])
    assert any(note.startswith("CASSANDRA_KEYSPACE is not read here") for note in config.notes())


def test_our_own_variable_keeps_its_value_beside_an_older_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name, value in {
        "PORT": "8000",
        "SERVER_PORT": "8080",
        "REDIS_ADDRESS": "r:1",
        "GRPC_PORT": "50051",
    }.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("SCHEDULER_SERVICE_PORT", ":50052")
    found = config.load()
    assert (found.port, found.also_ports, found.redis_url) == (8000, [8080], "redis://r:1/0")
    assert (found.grpc_port, found.also_grpc_ports) == (50051, [50052])


@pytest.mark.parametrize(
    ("name", "told"), [("DATABSE_URL", True), ("PIP_DEFAULT_TIMEOUT", False), ("HOME", False)]
)
def test_a_variable_that_is_almost_a_setting_is_told(
    name: str, told: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, "x")
    assert any(note.startswith(f"{name} ") for note in config.notes()) == told
