"""Every command in the documents works as it is printed, on a site of its own."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.documents.document import Document, read
from tests.support.processes import BASE_DIR
from tests.support.site import Site

FILES = [*BASE_DIR.glob("*.md"), *BASE_DIR.glob("docs/**/*.md")]
LONG = {
    "docs/explanation/secrets.md",
    "docs/howto/dead-letters.md",
    "docs/howto/pools.md",
    "docs/howto/use-secrets.md",
    "docs/reference/commands.md",
    "docs/reference/site-commands.md",
}
LATER = pytest.mark.only_in_all(
    reason="starts a dozen commands and more, whose verbs tests/integration tries as well"
)


def _documents() -> Iterator[Any]:
    for document in map(read, sorted(FILES)):
        if document.commands:
            name = str(document.path.relative_to(BASE_DIR))
            yield pytest.param(document, id=name, marks=[LATER] if name in LONG else [])


HIDDEN = {".git", "var", ".venv"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """What looks like a clone, where commands may leave files behind."""
    for entry in BASE_DIR.iterdir():
        if entry.name not in HIDDEN:
            (tmp_path / entry.name).symlink_to(entry)
    (tmp_path / ".venv").symlink_to(sys.prefix)
    return tmp_path


@pytest.mark.drawn(
    most=8, reason="a site of its own and some commands each, a fifth of what the core costs"
)
@pytest.mark.timeout(480)
@pytest.mark.parametrize("document", list(_documents()))
def test_the_commands_of_a_document_work_as_printed(document: Document, folder: Path) -> None:
    with Site() as site:
        for process in document.processes:
            getattr(site, process)()
        variables = {"PATH": f"{sys.prefix}/bin:/usr/local/bin:/usr/bin:/bin"}
        if "web" in document.processes:
            variables["URL"] = site.url
        if "grpc" in document.processes:
            variables["GRPC_PORT"] = str(site.grpc_port)
        done = subprocess.run(
            ["/bin/sh", "-c", document.script], cwd=folder, env=site.env | variables,
            capture_output=True, text=True,
            timeout=420, check=False,
        )  # fmt: skip
        assert done.returncode == 0, (
            f"{document.path.name}:\n{done.stderr[-3000:]}\n{done.stdout[-1000:]}"
        )
