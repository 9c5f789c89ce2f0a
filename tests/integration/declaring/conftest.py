from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.declared import DeclaringApp, declaring_app


@pytest.fixture
def orders(tmp_path: Path) -> Iterator[DeclaringApp]:
    """An installed app that may declare jobs."""
    with declaring_app(tmp_path) as app:
        yield app
