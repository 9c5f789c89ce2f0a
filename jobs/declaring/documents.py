"""Declarations as a schedule file has them, so that they take its way."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django.conf import settings

from jobs import conf
from jobs.declaring.binding import entry_of
from jobs.declaring.declaration import Declaration
from jobs.declaring.discovery import Found
from jobs.errors import DomainError
from jobs.importers.contents.base import Content, NoEntry, Place
from jobs.importers.files.document import Document
from jobs.importers.files.positions import JsonPath
from jobs.importers.formats.native import FORMAT
from jobs.importers.planning.ownership import CODE

NO_ENVIRONMENT = "only_in is given, and this installation does not say which environment it is"
ENVIRONMENT_HINT = 'set BEATWRIGHT["environment"]'


class Declared(Content):
    """What one module declares for this environment."""

    kind = "json"

    def __init__(self, declarations: Sequence[Declaration]) -> None:
        self.here = [each for each in declarations if _is_for_here(each)]
        super().__init__({"format": FORMAT, "jobs": [_entry(each) for each in self.here]})

    def position(self, path: JsonPath) -> Place:
        number = path[1] if len(path) > 1 and isinstance(path[1], int) else -1
        return (self.here[number].line, 1) if 0 <= number < len(self.here) else (0, 0)

    def path_text(self, path: JsonPath) -> str:
        return ""

    def fingerprint(self) -> str:
        """The same for the same jobs, wherever they stand in the module."""
        entries = sorted(
            json.dumps(entry, sort_keys=True, default=repr) for entry in self.value["jobs"]
        )
        return hashlib.sha256("\n".join(entries).encode()).hexdigest()


def documents_of(found: Found) -> list[Document]:
    """One for each module."""
    return [
        Document(
            shown_path(declarations[0]) if declarations else path_of_module(module),
            source=CODE + module,
            content=Declared(declarations),
        )
        for module, declarations in sorted(found.modules.items())
    ]


def shown_path(declaration: Declaration) -> str:
    """Its file as people see it: from the folder of the project, or of the package."""
    base, path = Path(getattr(settings, "BASE_DIR", Path.cwd())), Path(declaration.file)
    if path.is_relative_to(base):
        return str(path.relative_to(base))
    of_module = path_of_module(declaration.module)
    return of_module if path.match(of_module) else str(path)


def path_of_module(module: str) -> str:
    return f"{module.replace('.', '/')}.py"


def _is_for_here(declaration: Declaration) -> bool:
    """One that cannot be decided stays, and is a problem."""
    environment = conf.get().environment
    return not (declaration.only_in and environment) or environment in declaration.only_in


def _entry(declaration: Declaration) -> Any:
    if declaration.only_in and not conf.get().environment:
        return NoEntry(NO_ENVIRONMENT, ENVIRONMENT_HINT, name=declaration.name)
    try:
        return entry_of(declaration)
    except DomainError as error:
        field = f"{error.field}: " if error.field else ""
        return NoEntry(f"{field}{error.message}", error.hint, name=declaration.name)
