"""What no page may say: values that nobody meant to show."""

from __future__ import annotations

import re

from django.utils.html import strip_tags

# As words of their own: a token of 64 random letters, or an id, holds the same characters by
# chance.
_NEVER = re.compile(r"(?<![-\w])(1970|None|NaN|undefined)\b")


def never_meant(html: str) -> list[str]:
    """Every 1970, None, NaN and undefined in what a reader sees of the page, or of plain text."""
    return _NEVER.findall(strip_tags(html))
