"""Every command and every verb is in the reference, with an example that is run."""

from __future__ import annotations

import pkgutil
import re
from importlib import import_module

import pytest

from jobs.management import commands
from jobs.management.verb_command import VerbCommand
from tests.support.processes import BASE_DIR

PAGES = [
    (BASE_DIR / "docs" / "reference" / f"{name}.md").read_text()
    for name in ("commands", "site-commands")
]
EXAMPLES = "\n".join(re.findall(r"^```sh\n(.*?)^```", "\n".join(PAGES), re.DOTALL | re.MULTILINE))
NAMES = [module.name for module in pkgutil.iter_modules(commands.__path__)]


def words_of(name: str) -> list[str]:
    """What must be typed: the command, with each of its verbs where it has some."""
    command = import_module(f"{commands.__name__}.{name}").Command
    words = f"{name} {noun}" if (noun := getattr(command, "noun", "")) else name
    return (
        [f"{words} {verb.name}" for verb in command.verbs]
        if issubclass(command, VerbCommand)
        else [name]
    )


@pytest.mark.parametrize("words", [words for name in NAMES for words in words_of(name)])
def test_a_command_has_its_example(words: str) -> None:
    assert re.search(rf"\./manage\.py {re.escape(words)}(?![\w-])", EXAMPLES), words
