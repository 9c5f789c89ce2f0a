"""Deleting what is old enough, where the clock is believed that says so."""

from jobs.maintenance.retention.old_enough import OnlyWhatIsOld
from jobs.maintenance.retention.service import Retention

__all__ = ["OnlyWhatIsOld", "Retention"]
