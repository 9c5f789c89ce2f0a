"""What people expect of a job's runs, as they type it: pure rules, free of Django.

Each text is read by one ``parse_…``, which raises ``jobs.errors.ScheduleError`` with what it must
be.
"""

from __future__ import annotations

from jobs.expectations.deadline import Deadline, parse_deadline
from jobs.expectations.least_output import LeastOutput, parse_least_output
from jobs.expectations.run_length import RunLength, parse_run_length

__all__ = [
    "Deadline",
    "LeastOutput",
    "RunLength",
    "parse_deadline",
    "parse_least_output",
    "parse_run_length",
]
