"""What an operator may set is written down, all of it and nothing else."""

from __future__ import annotations

import re
import tomllib

from scheduler_site.config import Config
from tests.architecture.source import BASE_DIR

VARIABLE = re.compile(r"^#? ?([A-Z][A-Z0-9_]+)=", re.MULTILINE)


def test_env_example_lists_every_variable_once_and_no_other() -> None:
    listed = VARIABLE.findall((BASE_DIR / ".env.example").read_text())
    assert sorted(listed) == sorted(name.upper() for name in Config.model_fields)


def test_every_direct_dependency_is_locked() -> None:
    project = tomllib.loads((BASE_DIR / "pyproject.toml").read_text())["project"]
    locked = _locked("requirements.txt")
    assert {_name(text) for text in project["dependencies"]} <= locked
    extras = project["optional-dependencies"]
    own_files = {"people", "kafka", "notify", "dev"}
    of_a_site = {_name(text) for name in extras.keys() - own_files for text in extras[name]}
    assert of_a_site - {"beatwright"} <= locked
    people = _locked("requirements-people.txt")
    assert locked | {_name(text) for text in extras["people"]} <= people
    kafka = _locked("requirements-kafka.txt")
    assert locked | {_name(text) for text in extras["kafka"]} <= kafka
    notify = _locked("requirements-notify.txt")
    assert locked | {_name(text) for text in extras["notify"]} <= notify
    assert people | kafka | notify | {_name(text) for text in extras["dev"]} <= _locked(
        "requirements-dev.txt"
    )


def test_every_locked_package_has_its_hash() -> None:
    for name in (
        "requirements.txt",
        "requirements-people.txt",
        "requirements-kafka.txt",
        "requirements-notify.txt",
        "requirements-dev.txt",
    ):
        text = (BASE_DIR / name).read_text()
        assert text.count(" \\\n    --hash=sha256:") >= len(_locked(name)), name


def _name(requirement: str) -> str:
    found = re.match(r"[A-Za-z0-9._-]+", requirement)
    assert found, requirement
    return re.sub(r"[-_.]+", "-", found.group()).lower()


def _locked(file_name: str) -> set[str]:
    lines = (BASE_DIR / file_name).read_text().splitlines()
    return {_name(line) for line in lines if re.match(r"[A-Za-z0-9]", line)}
