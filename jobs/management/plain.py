"""Commands that print what people and tasks have written, and let none of it act on the
terminal.
"""

from __future__ import annotations

import re
import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandParser, OutputWrapper

from jobs.management.hinting_parser import HintingParser

# What a terminal obeys (escape sequences, carriage returns, backspaces) and what turns a line
# around.
OBEYED = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")


def printable(text: str) -> str:
    """The text with what a terminal would obey written out: ``\\x1b[2J``."""
    return OBEYED.sub(lambda found: ascii(found[0])[1:-1], text)


class Plain(OutputWrapper):
    """On a terminal, what is written is seen; a file and another program get it as it is."""

    def write(self, msg: Any = "", style_func: Any = None, ending: Any = None) -> None:  # type: ignore[override]  # as Django's
        text = str(msg)
        super().write(printable(text) if self.isatty() else text, style_func, ending)


class PlainCommand(BaseCommand):
    """Every command of ours is one."""

    def __init__(self, stdout: Any = None, stderr: Any = None, **options: Any) -> None:
        super().__init__(stdout, stderr, **options)
        coloured = self.stderr.style_func
        self.stdout, self.stderr = Plain(stdout or sys.stdout), Plain(stderr or sys.stderr)
        self.stderr.style_func = coloured

    def create_parser(self, prog_name: str, subcommand: str, **options: Any) -> CommandParser:
        """Django's own parser, which then also guesses what was meant."""
        parser = super().create_parser(prog_name, subcommand, **options)
        parser.__class__ = (
            HintingParser  # Django names the class of its parser in the method itself
        )
        return parser
