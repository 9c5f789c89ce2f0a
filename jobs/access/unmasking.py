"""The way back from hidden secrets: what a person sends again as it was shown stands for what it hid."""

from __future__ import annotations

from typing import Any

from jobs.access.masking import MASK


def restored(value: Any, original: Any) -> Any:
    """``value`` with each MASK replaced by what ``original`` has in its place; where that has nothing, it stays."""
    if value == MASK:
        return value if original is None else original
    if isinstance(value, dict):
        known = original if isinstance(original, dict) else {}
        return {key: restored(item, known.get(key)) for key, item in value.items()}
    if isinstance(value, list):
        known_items = original if isinstance(original, list) else []
        return [restored(item, known_items[n] if n < len(known_items) else None) for n, item in enumerate(value)]
    return value
