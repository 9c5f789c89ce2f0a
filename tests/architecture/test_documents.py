"""What the documents at the top point to is there."""

from __future__ import annotations

import re

import pytest

from tests.architecture.source import BASE_DIR

PATH = re.compile(r"`((?:jobs|tasks|tests|bin|docs|templates|examples|scheduler_site)/[\w./-]*)`")
DOCUMENTS = sorted(path.name for path in BASE_DIR.glob("*.md"))


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_path_that_is_named_exists(document: str) -> None:
    named = PATH.findall((BASE_DIR / document).read_text())
    assert [path for path in named if not (BASE_DIR / path).exists()] == []
