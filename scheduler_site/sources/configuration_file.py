"""The file that CONFIG_FILE names: JSON, YAML or TOML with our own names, or GoDispatch's tree.

What it says and nobody would read is refused by name: a setting that is passed over is a site on
the wrong database.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Callable, Collection, Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml
from django.core.exceptions import ImproperlyConfigured

from jobs.errors import did_you_mean
from scheduler_site.sources import godispatch_tree

READERS: Mapping[str, Callable[[str], Any]] = {
    ".toml": tomllib.loads,
    ".yaml": yaml.safe_load,
    ".yml": yaml.safe_load,
}


def read_file(path: Path, known: Collection[str]) -> tuple[dict[str, Any], list[str]]:
    """The settings by their names, and what is to be said of them; raises ImproperlyConfigured."""
    value = _parsed(path)
    if godispatch_tree.is_one(value):
        return godispatch_tree.translated(value)
    if problems := list(_unknown(value, known)):
        raise ImproperlyConfigured(f"CONFIG_FILE: {path}: {'; '.join(problems)}")
    return value, []


def _parsed(path: Path) -> dict[str, Any]:
    if not path.is_file():
        raise ImproperlyConfigured(f"CONFIG_FILE: no file at {path}")
    try:
        value = READERS.get(path.suffix.lower(), json.loads)(path.read_text())
    except (ValueError, yaml.YAMLError) as error:
        raise ImproperlyConfigured(f"CONFIG_FILE: {path} cannot be read: {_place(error)}") from None
    if not isinstance(value, dict):
        raise ImproperlyConfigured(f"CONFIG_FILE: {path} must hold settings by their names")
    return value


def _place(error: Exception) -> str:
    """What is wrong and where, without a word of what the file holds."""
    if isinstance(error, yaml.MarkedYAMLError) and error.problem_mark:
        return f"{error.problem} (line {error.problem_mark.line + 1})"
    return (
        f"{error.msg} (line {error.lineno})"
        if isinstance(error, json.JSONDecodeError)
        else "its syntax is wrong"
    )


def _unknown(value: Mapping[str, Any], known: Collection[str]) -> Iterator[str]:
    for name in value:
        if name not in known:
            hint = did_you_mean(str(name), known)
            yield f"{name} is not a setting{f' ({hint})' if hint else ''}"
