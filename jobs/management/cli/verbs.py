"""Verbs: commands are made of them (``job create``, ``run get``), one class each."""

from __future__ import annotations

from abc import ABC, abstractmethod
from argparse import ArgumentParser
from typing import Any, ClassVar


class Verb(ABC):
    """One verb of a command: its name and help, its arguments, and what it answers as a text."""

    name: ClassVar[str]
    help: ClassVar[str]

    @abstractmethod
    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare what the verb takes."""

    @abstractmethod
    def run(self, options: dict[str, Any]) -> str:
        """Do it and return what is printed; raises DomainError."""
