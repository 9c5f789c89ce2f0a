"""How a mechanism is switched off."""

from __future__ import annotations

from typing import Any


def replace(where: Any, name: str, value: Any) -> None:
    """Set an attribute that is there: one that has moved would switch nothing off, and prove
    nothing.
    """
    getattr(where, name)
    setattr(where, name, value)
