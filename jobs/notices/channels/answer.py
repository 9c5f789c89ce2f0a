"""What came of one try to send."""

from __future__ import annotations

from dataclasses import dataclass

MOST = 500


@dataclass(frozen=True)
class Answered:
    """``text`` is what the channel said, or why it said nothing, in one line.

    ``retry_after`` is how many seconds it asked to be left alone; ``is_gone``: it asked never to be
    sent anything again.
    """

    is_sent: bool
    text: str
    retry_after: float = 0
    is_gone: bool = False


def in_one_line(text: str) -> str:
    """As it can be stored and shown."""
    return " ".join(text.replace("\0", "").split())[:MOST]
