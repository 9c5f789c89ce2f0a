"""A folder is read at a glance."""

from __future__ import annotations

from collections import Counter

import pytest

from tests.architecture import source

MOST_FILES = 15
# Rebuilt next: the command line, the read models and the leader's services.
CROWDED = {"jobs/management/cli", "jobs/management/commands"}

FOLDERS = Counter(source.name_of(path.parent) for path in source.python_files(*source.PACKAGES))


@pytest.mark.parametrize("folder", sorted(FOLDERS.keys() - CROWDED))
def test_a_folder_holds_few_files(folder: str) -> None:
    assert FOLDERS[folder] <= MOST_FILES


def test_no_folder_is_called_crowded_that_is_not() -> None:
    assert {folder for folder in CROWDED if FOLDERS[folder] <= MOST_FILES} == set()
