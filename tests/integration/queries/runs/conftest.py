"""``far``: from ``far_away`` on, commands ask the API."""

from tests.support.far import far

__all__ = ["far"]
