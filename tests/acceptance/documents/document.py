"""Documents as scripts: every fenced block marked ``sh`` holds commands that a reader may type.

In one marked ``console``, what follows a line ``$ command`` is what it prints, to the letter.

Comments, which readers do not see, say what a page needs:

    <!-- site: scheduler worker web -->   processes that run while its commands do
    <!-- setup                            commands typed before the page's own, for their variables
    ./manage.py job create …
    -->
    <!-- not run: why -->                 the next block is not for this test
    <!-- refused -->                      the next block must end with an error
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

PART = re.compile(
    r"<!-- (?P<mark>site|setup|not "
    r"run|refused):?\s*(?P<about>.*?)-->|^```(?P<kind>sh|console)\n(?P<block>.*?)^```",
    re.DOTALL | re.MULTILINE,
)


@dataclass
class Document:
    """What a document asks for; ``commands`` are shell lines in the order of the page."""

    path: Path
    processes: list[str] = field(default_factory=list)
    commands: list[str] = field(default_factory=list)

    @property
    def script(self) -> str:
        return "\n".join(["set -eu", *self.commands, ""])


def read(path: Path) -> Document:
    """The document at ``path``."""
    document, mark, text = Document(path), "", path.read_text()
    for part in PART.finditer(text):
        if part["block"] is None:
            mark = part["mark"]
            _note(document, mark, part["about"])
        else:
            line = text.count("\n", 0, part.start()) + 1
            lines = (
                _typed(part["block"], mark) if part["kind"] == "sh" else _transcript(part["block"])
            )
            document.commands += [f"echo '--- {path.name}:{line}' >&2", *lines]
            mark = ""
    return document


def _note(document: Document, mark: str, about: str) -> None:
    if mark == "site":
        document.processes += about.split()
    elif mark == "setup":
        document.commands.append(about)


def _typed(block: str, mark: str) -> list[str]:
    if mark == "not run":
        return []
    if mark == "refused":
        return [f"if ({block}); then echo 'it was not refused' >&2; exit 1; fi"]
    return [block]


def _transcript(block: str) -> list[str]:
    lines = []
    for said in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
        command, _, printed = said.partition("\n")
        lines += [
            f"cat >expected <<'END'\n{printed.rstrip()}\nEND",
            f"{command} >printed 2>&1 || true",
        ]
        lines += ["diff expected printed >&2"]
    return lines
