"""Durations in words: the one way, on every surface and in every sentence."""

from __future__ import annotations

UNDER_A_SECOND = "under 1 s"
UNITS = ((86_400, "d"), (3_600, "h"), (60, "min"), (1, "s"))


def roughly(seconds: float) -> str:
    """What counts on: whole minutes below an hour, whole days from three on."""
    if seconds < 1:
        return UNDER_A_SECOND
    if 60 <= seconds < 3_600:
        return f"{seconds // 60:.0f} min"
    return f"{seconds // 86_400:.0f} d" if seconds >= 3 * 86_400 else duration(int(seconds))


def duration(seconds: float) -> str:
    """What was measured, the one way everywhere: the two largest units, ``1 h 10 min``, below a
    minute one.

    Below ten seconds with a tenth, below one second in milliseconds.
    """
    if round(seconds, 3) < 1:
        return f"{round(1_000 * seconds)} ms"
    if round(seconds, 1) < 10:
        return f"{round(seconds, 1):g} s"
    rest, parts = round(seconds), list[str]()
    for size, unit in UNITS:
        count, rest = divmod(rest, size)
        if count or parts:
            parts.append(f"{count} {unit}" if count else "")
    return " ".join(part for part in parts[:2] if part)
