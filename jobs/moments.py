"""Moments that can be reckoned with: whatever is added to one, or taken from it, is a moment again."""

from __future__ import annotations

from datetime import MAXYEAR, MINYEAR, datetime

TOO_FAR = "is too far away"


def is_near(moment: datetime) -> bool:
    """Whether it is neither of the first nor of the last year that there is."""
    return MINYEAR < moment.year < MAXYEAR
