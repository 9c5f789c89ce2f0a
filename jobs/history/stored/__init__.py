"""A history as the database holds it: read in pages, in one snapshot, without changing anything.

In comes a ``Scope``: since when, and for how long it may take. Out comes a ``Report``: what was
looked at, which promises were broken, and what could not be judged, with the reason.
"""

from jobs.history.stored.asked import examine_for
from jobs.history.stored.examine import examine
from jobs.history.stored.report import Report
from jobs.history.stored.scope import OutOfTime, Scope

__all__ = ["OutOfTime", "Report", "Scope", "examine", "examine_for"]
