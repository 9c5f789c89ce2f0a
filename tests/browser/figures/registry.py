"""Every figure by its name, and how it is worked out from the rows."""

from __future__ import annotations

from collections.abc import Callable, Collection

from tests.browser.figures.world import Shown, World

# What the text should be, or may be, or whether it is right.
Expected = str | Collection[str] | bool
Compute = Callable[[Shown, World], Expected]
FIGURES: dict[str, Compute] = {}


def figure(*names: str) -> Callable[[Compute], Compute]:
    """Registers the computation of these figures."""

    def register(compute: Compute) -> Compute:
        FIGURES.update(dict.fromkeys(names, compute))
        return compute

    return register


def problem(shown: Shown, world: World) -> str:
    """What is wrong with a figure on a page; empty where it is right."""
    if shown.name not in FIGURES:
        return f"no computation for the figure {shown.name!r} ({shown.text!r})"
    try:
        expected = FIGURES[shown.name](shown, world)
    except (
        ArithmeticError,
        AssertionError,
        LookupError,
        StopIteration,
        TypeError,
        ValueError,
    ) as error:
        return (
            f"{shown.name} of {shown.of or shown.row or 'the page'}: {shown.text!r} cannot "
            f"be worked out: {error!r}"
        )
    is_right = (
        expected
        if isinstance(expected, bool)
        else shown.text in ({expected} if isinstance(expected, str) else expected)
    )
    return (
        ""
        if is_right
        else f"{shown.name} of {shown.of or shown.row or 'the page'}: {shown.text!r}, not "
        f"{expected!r}"
    )
