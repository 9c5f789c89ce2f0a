"""A web server as ours that gives a client a second to take its answer, so that a test need not
wait for longer.
"""

from __future__ import annotations

from scheduler_site.web.pacing import Pace
from scheduler_site.web.patient_worker import PatientWorker


class ImpatientWorker(PatientWorker):
    pace = Pace(seconds=1, slowest=10**9)
