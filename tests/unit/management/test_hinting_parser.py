"""What a command line misspells is refused with what was meant, at each of its levels."""

from __future__ import annotations

import pkgutil
from importlib import import_module

import pytest
from django.core.management import CommandError, load_command_class

from jobs.management import commands

COMMANDS = sorted(module.name for module in pkgutil.iter_modules(commands.__path__))


@pytest.mark.parametrize(
    ("line", "hints"),
    [
        ("job create x --shedule @hourly", ["did you mean --schedule?"]),
        ("job create x --shedule=@hourly --tsk=a", ["--schedule?", "--task?"]),
        ("job crate x", ["did you mean create?"]),
        ("dts job lst", ["did you mean list?"]),
        ("dts job list --pagesize 4", ["did you mean --page-size?"]),
        ("doctor --histroy", ["did you mean --history?"]),
        ("import_schedule --dryrun x.json", ["did you mean --dry-run?"]),
        ("job list --json --zzzzz", []),
        ("job list one --json", []),
    ],
)
def test_a_word_is_refused_with_the_one_that_was_meant(line: str, hints: list[str]) -> None:
    name, *words = line.split()
    with pytest.raises(CommandError) as refused:
        load_command_class("jobs", name).create_parser("manage.py", name).parse_args(words)
    said = str(refused.value)
    assert [hint in said for hint in hints] == [True] * len(hints)
    assert ("did you mean" in said) == bool(hints), said


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_guesses(name: str) -> None:
    command = import_module(f"jobs.management.commands.{name}").Command()
    with pytest.raises(CommandError) as refused:
        command.create_parser("manage.py", name).parse_args(["--versoin"])
    assert "--version" in str(refused.value) or "required" in str(refused.value)
