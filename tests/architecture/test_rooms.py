"""A folder is read at a glance."""

from __future__ import annotations

import pytest

from tests.architecture.measures import MOST_FILES, files_by_folder

FOLDERS = files_by_folder()


@pytest.mark.parametrize("folder", sorted(FOLDERS))
def test_a_folder_holds_few_files(folder: str) -> None:
    assert FOLDERS[folder] <= MOST_FILES
