"""What processes of ours write, and what bodies do."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from jobs.private import AS_STARTED, keep_private, let_bodies_share


@pytest.fixture(autouse=True)
def _started_with_022(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv(AS_STARTED, "")  # so that it is put back
    monkeypatch.delenv(AS_STARTED)
    before = os.umask(0o022)
    yield
    os.umask(before)


def mode_of_a_new_file(folder: Path, name: str) -> int:
    (folder / name).touch()
    return stat.S_IMODE((folder / name).stat().st_mode)


def test_what_we_write_is_ours_alone_and_what_bodies_write_is_as_the_worker_was_started(
    tmp_path: Path,
) -> None:
    keep_private()
    keep_private()  # a process that one of ours has started
    assert mode_of_a_new_file(tmp_path, "ours") == 0o600
    let_bodies_share()
    assert mode_of_a_new_file(tmp_path, "a body's") == 0o644
    assert AS_STARTED not in os.environ


def test_a_child_of_a_process_that_is_not_ours_keeps_its_umask(tmp_path: Path) -> None:
    let_bodies_share()
    assert mode_of_a_new_file(tmp_path, "as before") == 0o644
