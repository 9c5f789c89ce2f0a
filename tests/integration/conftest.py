from __future__ import annotations

from pathlib import Path

import pytest
from django.conf import settings

# What is above actions and queries, which are tested on both databases: it reaches neither in any
# other way.
SURFACES = {"admin", "api", "commands", "importers", "matrix", "metrics", "monitoring", "rpc"}
REASON = "a surface reaches the database through actions and queries, which the core tests on both"


def pytest_itemcollected(item: pytest.Item) -> None:
    """A surface is in the core on one database."""
    if SURFACES.intersection(item.path.relative_to(Path(__file__).parent).parts):
        item.add_marker(pytest.mark.either_database(reason=REASON))


@pytest.fixture
def static_root() -> None:
    """WhiteNoise warns of a folder that is not there, and warnings are errors."""
    Path(settings.STATIC_ROOT).mkdir(parents=True, exist_ok=True)
