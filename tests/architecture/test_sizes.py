"""Sizes that keep rooms liveable."""

from __future__ import annotations

from statistics import median

import pytest

from tests.architecture import source

# In lines of at most 100 columns, with one argument a line where a call does not fit into one.
LONGEST_FILE = 340
LONGEST_FUNCTION = 50
LONGEST_COMMAND = 75
SUFFIXES = {".py", ".html", ".sh", ".js", ".css"}


def _lines(text: str) -> int:
    return len(text.splitlines())


def _is_ours(name: str) -> bool:
    return (
        "migrations/" not in name and not name.startswith("requirements") and "/vendor/" not in name
    )


def _sized_files() -> dict[str, int]:
    files = [
        path for path in source.tracked() if path.suffix in SUFFIXES or path.parent.name == "bin"
    ]
    return {
        name: _lines(path.read_text()) for path in files if _is_ours(name := source.name_of(path))
    }


def test_no_file_is_too_long_to_be_read_at_once() -> None:
    too_long = {name: lines for name, lines in _sized_files().items() if lines > LONGEST_FILE}
    assert too_long == {}


def test_no_function_is_longer_than_a_screen() -> None:
    too_long = {
        f"{source.name_of(path)}:{function.lineno} {function.name}": source.length(function)
        for path in source.python_files(*source.PACKAGES, "tests")
        for function in source.functions(path)
        if source.length(function) > LONGEST_FUNCTION
    }
    assert too_long == {}


def test_most_functions_are_short() -> None:
    lengths = sorted(
        source.length(function)
        for path in source.python_files(*source.PACKAGES)
        for function in source.functions(path)
    )
    assert median(lengths) <= 8
    assert lengths[int(len(lengths) * 0.9)] <= 20


def test_management_commands_are_thin() -> None:
    commands = [path for path in source.python_files("jobs") if path.parent.name == "commands"]
    too_long = {source.name_of(path): _lines(path.read_text()) for path in commands}
    assert {name: lines for name, lines in too_long.items() if lines > LONGEST_COMMAND} == {}


@pytest.mark.parametrize("folder", source.PACKAGES)
def test_the_measured_folders_hold_code(folder: str) -> None:
    assert any(source.python_files(folder)), f"nothing to measure in {folder}"
