"""Is this installation well? One check per file, each with findings in words and numbers and the
remedy beside them.

The health addresses and ``manage.py doctor`` say the same, because both ask here. What a finding
says in ``detail`` and ``facts`` may be read by anybody; what a driver or a server said stands in
``cause``, for operators alone.
"""

from jobs.queries.health.examine import BY_DEFAULT, CHECKS, EVERY_FEW_SECONDS, examine
from jobs.queries.health.finding import HealthFinding

__all__ = ["BY_DEFAULT", "CHECKS", "EVERY_FEW_SECONDS", "HealthFinding", "examine"]
