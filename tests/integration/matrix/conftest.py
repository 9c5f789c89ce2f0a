from __future__ import annotations

from typing import Any

import pytest


@pytest.fixture
def unmetered(settings: Any) -> None:
    """Many requests a minute."""
    settings.BEATWRIGHT = settings.BEATWRIGHT | {"api_rate_per_minute": 0}
