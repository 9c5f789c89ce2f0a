from __future__ import annotations

from typing import Any

import pytest


@pytest.fixture
def unmetered(settings: Any) -> None:
    """Many requests a minute."""
    settings.API_RATE_PER_MINUTE = 0
