from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from beatwright.testing import declared_jobs
from tests.support.declared import DeclaringApp, declaring_app

__all__ = ["declared_jobs"]


@pytest.fixture
def orders(tmp_path: Path) -> Iterator[DeclaringApp]:
    """An installed app that may declare jobs."""
    with declaring_app(tmp_path) as app:
        yield app
