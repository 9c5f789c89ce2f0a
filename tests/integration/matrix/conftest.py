from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as configured


@pytest.fixture
def unmetered(settings: Any) -> None:
    """Many requests a minute."""
    settings.API_RATE_PER_MINUTE = 0


@pytest.fixture
def static_root() -> None:
    """WhiteNoise warns of a folder that is not there, and warnings are errors."""
    Path(configured.STATIC_ROOT).mkdir(parents=True, exist_ok=True)
