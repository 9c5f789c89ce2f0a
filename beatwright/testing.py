"""Tests of a project's schedules: a plug-in that pytest finds by itself, with one fixture.

    def test_the_report_is_due_at_night(declared_jobs):
        declared_jobs.travel("2027-03-01", "Europe/Berlin")
        assert declared_jobs["report"].next_runs(1)[0].hour == 2

No database, no broker and no clock is asked.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from beatwright.foretelling import DeclaredJobs


@pytest.fixture
def declared_jobs() -> DeclaredJobs:
    """The jobs that the installed apps declare; fails where a declaration is wrong."""
    # only now: the plug-in is loaded before Django is set up, and where there is no Django at all
    jobs: DeclaredJobs = import_module("beatwright.foretelling").DeclaredJobs()
    return jobs
