"""What a terminal would obey is written out; a file gets what there is."""

from __future__ import annotations

import io
import pkgutil
from importlib import import_module

import pytest

from jobs.management import commands
from jobs.management.plain import Plain, PlainCommand, printable

OBEYED = "\x1b[2J \x1b]0;owned\x07 all done\rnothing done \x9b31m \u202egpj.exe \x08"


class Screen(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_terminal_is_shown_what_it_would_obey() -> None:
    screen = Screen()
    Plain(screen).write(f"job\t{OBEYED}\n")
    shown = screen.getvalue()
    assert shown.startswith(
        "job\t" + r"\x1b[2J \x1b]0;owned\x07 all done\rnothing done \x9b31m \u202egpj.exe \x08"
    )
    assert not set(shown) & set(OBEYED) - set(printable(OBEYED))


def test_a_file_gets_what_there_is() -> None:
    file = io.StringIO()
    Plain(file).write(OBEYED, ending="")
    assert file.getvalue() == OBEYED


def test_what_people_write_stays_readable() -> None:
    text = "Grüße, 世界 – 🎉\n\tنص"
    assert printable(text) == text


@pytest.mark.parametrize(
    "name", [module.name for module in pkgutil.iter_modules(commands.__path__)]
)
def test_every_command_prints_so(name: str) -> None:
    screens = Screen(), Screen()
    command = import_module(f"jobs.management.commands.{name}").Command(
        stdout=screens[0], stderr=screens[1]
    )
    assert isinstance(command, PlainCommand)
    for output, screen in zip((command.stdout, command.stderr), screens, strict=True):
        output.write("\x1b]0;owned\x07")
        assert "owned" in screen.getvalue()
        assert "\x1b]" not in screen.getvalue()
