"""When two JSON values are the same."""

from __future__ import annotations

import pytest

from jobs.importers.planning.alike import alike


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"a": 1, "b": [2]}, {"b": [2], "a": 1}),
        ({"n": 1}, {"n": 1.0}),
        ({"n": 1e22}, {"n": 10**22}),
        (None, None),
        ([], []),
    ],
)
def test_alike(one: object, other: object) -> None:
    assert alike(one, other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"a": 1}, {"a": True}),
        ({"a": [0]}, {"a": [False]}),
        ([1, 2], [2, 1]),
        ({"a": None}, {}),
        ("1", 1),
        ({"a": {"b": 1}}, {"a": {"b": 2}}),
    ],
)
def test_different(one: object, other: object) -> None:
    assert not alike(one, other)
