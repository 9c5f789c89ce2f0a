"""``way``: each way of a command in turn. ``far``: from ``far_away`` on, commands ask the API."""

from tests.support.far import far
from tests.support.ways import way

__all__ = ["far", "way"]
