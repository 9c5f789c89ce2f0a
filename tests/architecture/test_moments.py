"""Moments become text, and text becomes moments, in one place."""

from __future__ import annotations

import re

from tests.architecture import source

CALLS = re.compile(r"\b(isoformat|fromisoformat|parse_datetime|strptime)\(")
HOME = "jobs/moments.py"
REASONS = {
    "jobs/importers/celery_app_dump.py": "it runs in the environment of another app, which has "
    "no Beatwright",
    "jobs/schedules/closures/spec.py": "a time without an offset is on each job's own wall",
    "jobs/schedules/jitter.py": "it makes bytes to hash, and other bytes would move every job",
    "jobs/schedules/once.py": "a time on the wall may be skipped by its clock, or come twice",
    "jobs/schedules/rrule/dates.py": "EXDATE and RDATE of RFC 5545 have a form of their own",
    "jobs/schedules/rrule/parts.py": "UNTIL of RFC 5545 has a form of its own",
}


def test_moments_are_written_and_read_in_one_place() -> None:
    files = [
        path for root in ("jobs", "tasks", "scheduler_site") for path in source.python_files(root)
    ]
    there = {source.name_of(path) for path in files if CALLS.search(path.read_text())}
    assert HOME in there
    assert there - {HOME} == REASONS.keys()
