from __future__ import annotations

from pathlib import Path

import pytest
from django.conf import settings


@pytest.fixture
def static_root() -> None:
    """WhiteNoise warns of a folder that is not there, and warnings are errors."""
    Path(settings.STATIC_ROOT).mkdir(parents=True, exist_ok=True)
