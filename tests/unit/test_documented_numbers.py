"""Numbers of the engine that the documents name are the ones it has."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from jobs.conf import Conf

DOCS = Path(__file__).resolve().parents[2] / "docs"
NAMED = re.compile(r"`(\w+)` \(([\d.]+)\)")


@pytest.mark.parametrize("name", ["explanation/waits.md"])
def test_a_default_that_is_named_is_the_default(name: str) -> None:
    named = NAMED.findall((DOCS / name).read_text())

    assert named
    assert {field: float(value) for field, value in named} == {
        field: getattr(Conf(), field) for field, _ in named
    }
