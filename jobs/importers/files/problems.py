"""What is wrong with a schedule file, said so that a person finds the place."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from jobs.errors import DomainError


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake: where it stands, whose it is, what is wrong and how to mend it.

    ``line`` and ``column`` count from 1 and are 0 when the file as a whole is meant.
    """

    file: str
    line: int
    column: int
    path: str
    job: str
    field: str
    message: str
    hint: str = ""

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}:{self.column}" if self.line else self.file
        where = f" at {self.path}" if self.path else ""
        subject = f" job {self.job!r}," if self.job else ""
        field = self.field if self.field.isprintable() else repr(self.field)
        what = f" {field}:" if field else ""
        hint = f" ({self.hint})" if self.hint else ""
        return f"{place}{where}:{subject}{what} {self.message}{hint}"

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


class UnreadableFile(DomainError):
    """A file that cannot be read as JSON at all; ``line`` and ``column`` count from 1, 0 when no
    place is known.
    """

    def __init__(self, message: str, *, line: int = 0, column: int = 0, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.line = line
        self.column = column
