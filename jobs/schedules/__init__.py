"""Pure time rules: what enters is a schedule text and a zone, what leaves is the moments it means.

``parse`` reads every kind (cron, interval, one-off, recurrence, manual) and raises
``jobs.errors.ScheduleError`` with the place and a hint. A rule answers ``next_after``, ``describe``
and ``notes``; a ``Schedule`` is a rule within a job's window. All moments are aware, answers are
UTC. Nothing here reads a clock, a database or a setting, and the preview and the scheduler ask the
same code.
"""

from __future__ import annotations

from jobs.schedules.cron.rule import BOTH_DAYS, EITHER_DAY, strict_day_rule
from jobs.schedules.jitter import jitter
from jobs.schedules.parse import check_new, parse
from jobs.schedules.rule import Rule
from jobs.schedules.window import Schedule

__all__ = [
    "BOTH_DAYS",
    "EITHER_DAY",
    "Rule",
    "Schedule",
    "check_new",
    "jitter",
    "parse",
    "strict_day_rule",
]
