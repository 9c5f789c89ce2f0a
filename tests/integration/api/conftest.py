from __future__ import annotations

import pytest

from tests.support.api import Api


@pytest.fixture
def api() -> Api:
    """A program that may do everything."""
    return Api()
