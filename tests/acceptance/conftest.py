"""Tests of the whole, which mostly wait: several at a time, and one by one, but for those that
share something.
"""

from __future__ import annotations

import pytest

from tests.support import postgres


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_setupnodes() -> None:
    """One PostgreSQL for all of the run's processes, started before them: they inherit its
    place.
    """
    postgres.shared()


@pytest.hookimpl(
    tryfirst=True
)  # xdist's comes next, and gives the groups to the process that deals out the tests
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What shares a fixture of its file goes to one process, as --dist loadgroup would not know by
    itself.
    """
    for item in items:
        if isinstance(item, pytest.Function) and _shares_with_its_file(item):
            item.add_marker(pytest.mark.xdist_group(item.path.stem))


def _shares_with_its_file(item: pytest.Function) -> bool:
    fixtures = item._fixtureinfo.name2fixturedefs.values()
    return any(found[-1].scope == "module" for found in fixtures)
